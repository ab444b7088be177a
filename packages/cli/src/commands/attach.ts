import { END_STATES, stateIn, unwrap } from "@optio/contract";
import type { Command } from "commander";
import { connect } from "../connection/connect.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson } from "../context.ts";
import { converse } from "../converse/converse.ts";
import { styleFor } from "../render/style.ts";
import { Transcript } from "../render/transcript.ts";
import { readCount } from "./read-count.ts";
import { printLeft } from "./run.ts";

interface AttachOptions extends GlobalOptions {
  readonly tail: string;
}

/** `optio attach`: shows the end of a session's history, then talks to it. */
export function addAttach(program: Command, context: CliContext): void {
  const command = program
    .command("attach")
    .argument("<id>", "session")
    .description("chat with a session: lines are sent, /help lists commands, Ctrl-C leaves it running")
    .option("--tail <events>", "how much history to show", "60");
  command.action(async (id: string) => attach(context, id, command.optsWithGlobals<AttachOptions>()));
}

async function attach(context: CliContext, id: string, options: AttachOptions): Promise<void> {
  const limit = readCount(options.tail, "--tail", 5000);
  const json = options.json === true;
  const connection = await connect(context, options);
  const session = await unwrap(connection.api.GET("/sessions/{id}", { params: { path: { id } } }));
  const style = styleFor(context, context.stdout);
  const transcript = new Transcript(style);
  if (limit > 0) {
    const params = { path: { id }, query: { before: session.headSeq + 1, limit } };
    const headers = { accept: "application/json" };
    const { items } = await unwrap(connection.api.GET("/sessions/{id}/events", { params, headers }));
    if (!json && (items[0]?.seq ?? 1) > 1) context.stdout.write(`${style.dim("… earlier events: --tail")}\n`);
    for (const envelope of items) {
      if (json) printJson(context, envelope);
      else context.stdout.write(transcript.render({ kind: "durable", envelope }));
    }
  }
  if (stateIn(session.state, END_STATES)) return;
  const end = await converse(context, connection, {
    id,
    after: session.headSeq,
    json,
    isTyping: true,
    pending: session.decisions,
    transcript,
  });
  if (end === "left") printLeft(context, id);
}
