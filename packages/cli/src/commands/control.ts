import { END_STATES, stateIn, unwrap } from "@optio/contract";
import type { Command } from "commander";
import { connect } from "../connection/connect.ts";
import { onceHeader } from "../connection/idempotency.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printLine } from "../context.ts";
import { closeAndWait } from "../converse/close-and-wait.ts";
import { printProcess } from "./launch.ts";
import { readWait, WAIT_HELP } from "./read-wait.ts";
import { readSecret } from "./session-flags.ts";

/** The commands that stop and unlock a process: cancel, close, interrupt, dismiss, login. */
export function addControl(program: Command, context: CliContext): void {
  addCancel(program, context);
  addClose(program, context);
  addInterrupt(program, context);
  addDismiss(program, context);
  addLogin(program, context);
}

function addCancel(program: Command, context: CliContext): void {
  const command = program
    .command("cancel")
    .argument("<id>", "session or task")
    .description("cancel a run")
    .option("--wait [seconds]", WAIT_HELP);
  command.action(async (id: string) => {
    const options = command.optsWithGlobals<GlobalOptions & { wait?: string | true }>();
    const waitMs = readWait(options.wait);
    const { api } = await connect(context, options);
    const params = { path: { id }, header: onceHeader() };
    const process = await unwrap(api.POST("/processes/{id}/cancel", { params, body: { waitMs } }));
    printProcess(context, process, options);
    if (waitMs > 0 && !stateIn(process.state, END_STATES)) context.exit.code = 1;
  });
}

function addClose(program: Command, context: CliContext): void {
  const command = program.command("close").argument("<id>", "session").description("end a session as done");
  command.action(async (id: string) => {
    const options = command.optsWithGlobals<GlobalOptions>();
    const connection = await connect(context, options);
    const params = { path: { id } };
    const { headSeq } = await unwrap(connection.api.GET("/sessions/{id}", { params }));
    const hasEnded = await closeAndWait(context, connection, { id, after: headSeq });
    printProcess(context, await unwrap(connection.api.GET("/processes/{id}", { params })), options);
    if (!hasEnded) context.exit.code = 1;
  });
}

function addInterrupt(program: Command, context: CliContext): void {
  const command = program.command("interrupt").argument("<id>", "session").description("stop the running turn");
  command.action(async (id: string) => {
    const options = command.optsWithGlobals<GlobalOptions>();
    const { api } = await connect(context, options);
    const params = { path: { id }, header: onceHeader() };
    const answer = await unwrap(api.POST("/sessions/{id}/interrupt", { params, body: {} }));
    if (options.json) printJson(context, answer);
    else printLine(context, `interrupted turn ${answer.turnId}`);
  });
}

function addDismiss(program: Command, context: CliContext): void {
  const command = program
    .command("dismiss")
    .argument("<id>", "session or task")
    .description("drop the results and directories of an ended run");
  command.action(async (id: string) => {
    const options = command.optsWithGlobals<GlobalOptions>();
    const { api } = await connect(context, options);
    const params = { path: { id }, header: onceHeader() };
    printProcess(context, await unwrap(api.POST("/processes/{id}/dismiss", { params, body: {} })), options);
  });
}

function addLogin(program: Command, context: CliContext): void {
  const command = program
    .command("login")
    .argument("<id>", "session that waits for a login")
    .description("give a session an API key; it is kept in memory only")
    .requiredOption("--api-key-stdin", "read the key from standard input");
  command.action(async (id: string) => {
    const options = command.optsWithGlobals<GlobalOptions>();
    const apiKey = await readSecret(context);
    const { api } = await connect(context, options);
    const params = { path: { id }, header: onceHeader() };
    const answer = await unwrap(api.POST("/sessions/{id}/login", { params, body: { type: "apiKey", apiKey } }));
    if (options.json) printJson(context, answer);
    else printLine(context, `key given to session ${id}`);
  });
}
