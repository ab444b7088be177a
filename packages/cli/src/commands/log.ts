import type { LogLevel, LogLine, ProcessSummary } from "@optio/contract";
import { ACTIVE_STATES, LOG_LEVELS, stateIn, unwrap } from "@optio/contract";
import type { Command } from "commander";
import { Option } from "commander";
import type { Connection } from "../connection/connect.ts";
import { connect } from "../connection/connect.ts";
import type { LogFilter } from "../connection/follow-log.ts";
import { followLog } from "../connection/follow-log.ts";
import { waitForEnd } from "../connection/wait-for-end.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printLine, printNote } from "../context.ts";
import type { Style } from "../render/style.ts";
import { printable, styleFor } from "../render/style.ts";
import { readCount } from "./read-count.ts";

const PAGE_SIZE = 500;

interface LogOptions extends GlobalOptions {
  readonly follow?: boolean;
  readonly level?: LogLevel;
  readonly run?: string;
  readonly limit?: string;
  readonly grep?: string;
}

/** `optio log`: the log of a process, oldest line first. */
export function addLog(program: Command, context: CliContext): void {
  const command = program
    .command("log")
    .argument("<id>", "session or task")
    .description("show the log of a session or task, oldest line first")
    .option("--follow", "go on until its run ends")
    .addOption(new Option("--level <level>", "this level and the graver ones").choices(LOG_LEVELS))
    .option("--run <number>", "only of this run")
    .option("--limit <count>", "only the newest so many")
    .option("--grep <text>", "only lines with this text, in any case");
  command.action(async (id: string) => showLog(context, id, command.optsWithGlobals<LogOptions>()));
}

async function showLog(context: CliContext, id: string, options: LogOptions): Promise<void> {
  const limit = options.limit === undefined ? undefined : readCount(options.limit, "--limit", 1_000_000);
  const filter = readLogFilter(options);
  const connection = await connect(context, options);
  const style = styleFor(context, context.stdout);
  const print = (line: LogLine) =>
    options.json ? printJson(context, line) : printLine(context, renderLogLine(line, style));
  const process = await unwrap(connection.api.GET("/processes/{id}", { params: { path: { id } } }));
  let last = process.logHead;
  if (limit === undefined) last = await printAfter(connection, id, { after: 0, filter, print });
  else for (const line of await readNewest(connection, process, filter, limit)) print(line);
  const isOver = !stateIn(process.state, ACTIVE_STATES) || (filter.run !== undefined && filter.run < process.run);
  if (!options.follow || isOver) return;
  await follow(context, connection, process, { after: Math.max(last, process.logHead), filter, print });
}

/** `HH:MM:SS.mmm level message {data}`. */
export function renderLogLine(line: LogLine, style: Style): string {
  const paint = { debug: style.dim, info: style.cyan, warning: style.yellow, error: style.red }[line.level];
  const data = line.data === undefined ? "" : ` ${style.dim(printable(JSON.stringify(line.data)))}`;
  return `${style.dim(line.at.slice(11, 23))} ${paint(line.level.padEnd(7))} ${printable(line.message)}${data}`;
}

function readLogFilter({ level, run, grep }: LogOptions): LogFilter {
  return {
    ...(level === undefined ? {} : { level }),
    ...(run === undefined ? {} : { run: Math.max(1, readCount(run, "--run", 1_000_000_000)) }),
    ...(grep === undefined || grep === "" ? {} : { q: grep }),
  };
}

interface Printing {
  /** Lines up to this number are known. */
  readonly after: number;
  readonly filter: LogFilter;
  readonly print: (line: LogLine) => void;
}

/** Prints stored lines after a number; returns the number of the last one that it printed, or `after`. */
async function printAfter({ api }: Connection, id: string, { after, filter, print }: Printing): Promise<number> {
  let cursor: string | null = null;
  let last = after;
  do {
    const place = cursor === null ? { after } : { cursor };
    const query = { ...filter, limit: PAGE_SIZE, ...place };
    const page: LogPage = await unwrap(api.GET("/processes/{id}/log", { params: { path: { id }, query } }));
    for (const line of page.items) {
      print(line);
      last = line.seq;
    }
    cursor = page.next;
  } while (cursor !== null);
  return last;
}

type LogPage = { items: LogLine[]; next: string | null };

/** The newest lines, oldest first. */
async function readNewest(
  { api }: Connection,
  { id, logHead }: ProcessSummary,
  filter: LogFilter,
  limit: number,
): Promise<LogLine[]> {
  let lines: LogLine[] = [];
  let before: number | null = logHead + 1;
  while (before !== null && before > 0 && lines.length < limit) {
    const query = { ...filter, before, limit: Math.min(PAGE_SIZE, limit - lines.length) };
    const page: LogPage = await unwrap(api.GET("/processes/{id}/log", { params: { path: { id }, query } }));
    lines = [...page.items, ...lines];
    before = page.next === null ? null : Number(page.next);
  }
  return lines;
}

/** Prints lines as they are written until the run has ended and its last line is there. */
async function follow(
  context: CliContext,
  connection: Connection,
  { id, run }: ProcessSummary,
  { filter, print, ...from }: Printing,
): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const ended = waitForEnd(connection, { id, run, signal }).finally(() => over.abort());
  // looked at below; until then a failure must not count as nobody's
  ended.catch(() => undefined);
  let { after } = from;
  try {
    for await (const piece of followLog(connection, id, { after, filter, signal })) {
      if (piece.kind === "lost") printNote(context, `connection lost (${piece.reason}); trying again`);
      if (piece.kind !== "line") continue;
      print(piece.line);
      after = piece.line.seq;
    }
  } finally {
    over.abort();
  }
  if (context.signal.aborted) return;
  if ((await ended) !== undefined) await printAfter(connection, id, { after, filter, print });
}
