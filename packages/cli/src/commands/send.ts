import type { MessageMode } from "@optio/contract";
import { MESSAGE_MODES, unwrap } from "@optio/contract";
import type { Command } from "commander";
import { Option } from "commander";
import { connect } from "../connection/connect.ts";
import { onceHeader } from "../connection/idempotency.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printLine } from "../context.ts";
import { awaitTurn } from "../converse/await-turn.ts";
import { finishTurn } from "../converse/finish-turn.ts";
import { readInput } from "../read-input.ts";
import { printLeft } from "./run.ts";

interface SendOptions extends GlobalOptions {
  readonly mode: MessageMode;
  readonly wait?: boolean;
}

/** `optio send`: one message to a session. */
export function addSend(program: Command, context: CliContext): void {
  const command = program
    .command("send")
    .argument("<id>", "session")
    .argument("<text>", "the message; - reads standard input")
    .description("send a message to a session")
    .addOption(new Option("--mode <mode>", "auto starts a turn or queues").choices(MESSAGE_MODES).default("auto"))
    .option("--wait", "wait for the end of its turn and exit by its status");
  command.action(async (id: string, text: string) => send(context, id, text, command.optsWithGlobals<SendOptions>()));
}

async function send(context: CliContext, id: string, given: string, options: SendOptions): Promise<void> {
  const text = given === "-" ? await readInput(context) : given;
  const json = options.json === true;
  const { api, ...connection } = await connect(context, options);
  // read before the message is sent, so that none of its events is missed
  const after = options.wait ? (await unwrap(api.GET("/sessions/{id}", { params: { path: { id } } }))).headSeq : 0;
  const params = { path: { id }, header: onceHeader() };
  const sent = await unwrap(api.POST("/sessions/{id}/turns", { params, body: { text, mode: options.mode } }));
  if (json) printJson(context, sent);
  else if (!options.wait) printLine(context, `${sent.state} ${sent.messageId}`);
  if (!options.wait) return;
  const { messageId } = sent;
  const result = await awaitTurn(context, { api, ...connection }, { id, after, json, messageId, isLoginFatal: true });
  if (result.status === "left") {
    printLeft(context, id);
    context.exit.code = 1;
    return;
  }
  finishTurn(context, id, result, json);
}
