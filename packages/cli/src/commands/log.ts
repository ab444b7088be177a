import type { LogLine } from "@optio/contract";
import { END_STATES, stateIn, unwrap } from "@optio/contract";
import type { Command } from "commander";
import type { Connection } from "../connection/connect.ts";
import { connect } from "../connection/connect.ts";
import { followSession } from "../connection/follow-session.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printLine, printNote } from "../context.ts";
import { endOf } from "../converse/converse.ts";
import type { Style } from "../render/style.ts";
import { printable, styleFor } from "../render/style.ts";

interface LogOptions extends GlobalOptions {
  readonly follow?: boolean;
}

/** `optio log`: the log of a process, oldest line first. */
export function addLog(program: Command, context: CliContext): void {
  const command = program
    .command("log")
    .argument("<id>", "session or task")
    .description("show the log of a session or task")
    .option("--follow", "go on until its run ends");
  command.action(async (id: string) => showLog(context, id, command.optsWithGlobals<LogOptions>()));
}

async function showLog(context: CliContext, id: string, options: LogOptions): Promise<void> {
  const connection = await connect(context, options);
  const style = styleFor(context, context.stdout);
  const print = (line: LogLine) =>
    options.json ? printJson(context, line) : printLine(context, renderLogLine(line, style));
  const process = await unwrap(connection.api.GET("/processes/{id}", { params: { path: { id } } }));
  const lastSeq = await printStored(connection, id, print);
  if (!options.follow || stateIn(process.state, END_STATES)) return;
  const after = Math.max(lastSeq, process.headSeq);
  for await (const piece of followSession(connection, id, { after, signal: context.signal })) {
    if (piece.kind === "lost") printNote(context, `connection lost (${piece.reason}); trying again`);
    if (piece.kind !== "durable") continue;
    const { event, ...envelope } = piece.envelope;
    if (event.type === "process.logged") print({ ...envelope, ...event });
    if (endOf(event) !== undefined) return;
  }
}

/** `HH:MM:SS.mmm level message {data}`. */
export function renderLogLine(line: LogLine, style: Style): string {
  const paint = { debug: style.dim, info: style.cyan, warning: style.yellow, error: style.red }[line.level];
  const data = line.data === undefined ? "" : ` ${style.dim(printable(JSON.stringify(line.data)))}`;
  return `${style.dim(line.at.slice(11, 23))} ${paint(line.level.padEnd(7))} ${printable(line.message)}${data}`;
}

/** Prints all stored lines; returns the seq of the last one. */
async function printStored(connection: Connection, id: string, print: (line: LogLine) => void): Promise<number> {
  let cursor: string | null = null;
  let lastSeq = 0;
  do {
    const query = { limit: 500, ...(cursor === null ? {} : { cursor }) };
    const page: { items: LogLine[]; next: string | null } = await unwrap(
      connection.api.GET("/processes/{id}/log", { params: { path: { id }, query } }),
    );
    for (const line of page.items) {
      print(line);
      lastSeq = line.seq;
    }
    cursor = page.next;
  } while (cursor !== null);
  return lastSeq;
}
