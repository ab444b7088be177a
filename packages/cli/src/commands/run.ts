import type { CodexSessionInput, SessionView } from "@optio/contract";
import { OptioError, unwrap } from "@optio/contract";
import type { Command } from "commander";
import type { Connection } from "../connection/connect.ts";
import { connect } from "../connection/connect.ts";
import { onceHeader } from "../connection/idempotency.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printNote } from "../context.ts";
import { awaitTurn } from "../converse/await-turn.ts";
import { closeAndWait } from "../converse/close-and-wait.ts";
import { converse } from "../converse/converse.ts";
import { finishTurn } from "../converse/finish-turn.ts";
import type { SessionFlags } from "./session-flags.ts";
import { addSessionFlags, readSessionInput } from "./session-flags.ts";

/** `optio run`: creates a session and shows it. */
export function addRun(program: Command, context: CliContext): void {
  const command = program
    .command("run")
    .argument("[prompt]", "the first message; - reads standard input")
    .description("start a session and watch it; Ctrl-C leaves it running")
    .option(
      "--wait",
      "no questions: close after the first turn and exit by its status; off a terminal only the answer goes to standard output",
    );
  addSessionFlags(command).action(async (prompt: string | undefined) => {
    await run(context, prompt, command.optsWithGlobals());
  });
}

type RunOptions = SessionFlags & GlobalOptions & { readonly wait?: boolean };

async function run(context: CliContext, prompt: string | undefined, options: RunOptions): Promise<void> {
  const input = await readSessionInput(context, prompt, options);
  if (options.wait && input.prompt === undefined && !input.autoStart) {
    throw new OptioError("usage", "--wait needs something to wait for: give a prompt or --auto-start");
  }
  const isTerminal = context.stdin.isTTY === true && context.stdout.isTTY === true;
  const approvals = options.wait && !isTerminal ? (input.approvals ?? "never") : input.approvals;
  const connection = await connect(context, options);
  const session = await create(connection, approvals === undefined ? input : { ...input, approvals });
  announce(context, session, options);
  if (options.wait) return waitForFirstTurn(context, connection, session, options);
  const end = await converse(context, connection, {
    id: session.id,
    after: 0,
    json: options.json === true,
    // standard input may have been read for the prompt or the key
    isTyping: isTerminal && !options.json,
    pending: [],
  });
  if (end === "left") printLeft(context, session.id);
  else if (end !== "done") context.exit.code = 1;
}

/** Says how to come back to a session that was left running. */
export function printLeft(context: CliContext, id: string): void {
  printNote(context, `\nleft; the session goes on.  back: optio attach ${id}   end: optio close ${id}`);
}

async function create(connection: Connection, input: CodexSessionInput): Promise<SessionView> {
  const params = { header: onceHeader() };
  return unwrap(connection.api.POST("/sessions", { params, body: { agent: "codex", ...input } }));
}

function announce(context: CliContext, session: SessionView, options: GlobalOptions): void {
  if (options.json) printJson(context, { session });
  else printNote(context, `session ${session.id}`);
}

async function waitForFirstTurn(
  context: CliContext,
  connection: Connection,
  session: SessionView,
  options: GlobalOptions,
): Promise<void> {
  const json = options.json === true;
  const result = await awaitTurn(context, connection, { id: session.id, after: 0, json, isLoginFatal: true });
  if (result.status === "left") {
    printLeft(context, session.id);
    context.exit.code = 1;
    return;
  }
  const after = result.lastSeq;
  const hasEnded = result.isEnded || (await closeAndWait(context, connection, { id: session.id, after }));
  if (!hasEnded) printNote(context, `session ${session.id} has not ended yet; see: optio show ${session.id}`);
  finishTurn(context, session.id, result, json);
}
