import { confirm, isCancel } from "@clack/prompts";
import type { ProcessSummary } from "@optio/contract";
import { OptioError, unwrap } from "@optio/contract";
import type { Command } from "commander";
import type { Connection } from "../connection/connect.ts";
import { connect } from "../connection/connect.ts";
import { onceHeader } from "../connection/idempotency.ts";
import { waitForEnd } from "../connection/wait-for-end.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printLine, printNote } from "../context.ts";
import { processLine } from "../render/describe-process.ts";
import { printable } from "../render/style.ts";

interface LaunchOptions extends GlobalOptions {
  readonly resume?: boolean;
  readonly yes?: boolean;
  readonly wait?: boolean;
}

/** `optio launch` and `optio resume`: start a run, after a person confirmed what the task warns of. */
export function addLaunch(program: Command, context: CliContext): void {
  const launching = addFlags(program.command("launch"))
    .description("launch a session or task that is not running")
    .option("--resume", "go on where its last run ended; fresh when nothing was kept");
  launching.action(async (id: string) => launch(context, id, launching.optsWithGlobals<LaunchOptions>()));
  const resuming = addFlags(program.command("resume")).description("same as launch --resume");
  resuming.action(async (id: string) =>
    launch(context, id, { ...resuming.optsWithGlobals<LaunchOptions>(), resume: true }),
  );
}

function addFlags(command: Command): Command {
  return command
    .argument("<id>", "session or task")
    .option("--yes", "do not ask, whatever the task warns of")
    .option("--wait", "wait for the end of the run and exit by its outcome");
}

async function launch(context: CliContext, id: string, options: LaunchOptions): Promise<void> {
  const connection = await connect(context, options);
  const isConfirmed = options.yes || (await confirmWarning(context, connection, id, options));
  if (!isConfirmed) {
    printNote(context, `'${id}' was not launched`);
    context.exit.code = 1;
    return;
  }
  const params = { path: { id }, header: onceHeader() };
  const body = { resume: options.resume === true };
  const launched = await unwrap(connection.api.POST("/processes/{id}/launch", { params, body }));
  if (options.wait) return waitAndPrint(context, connection, launched, options);
  printProcess(context, launched, options);
}

/** True when the task warns of nothing or a person agrees. @throws `usage` when nobody can be asked. */
async function confirmWarning(
  context: CliContext,
  { api }: Connection,
  id: string,
  options: LaunchOptions,
): Promise<boolean> {
  const { warning } = await unwrap(api.GET("/processes/{id}", { params: { path: { id } } }));
  if (warning === null) return true;
  const words = printable(warning);
  if (context.stdin.isTTY !== true || options.json)
    throw new OptioError("usage", `'${id}' warns: ${words}`, { data: { next: "Launch it with --yes to confirm." } });
  const answer = await confirm({
    message: `${words}\n${options.resume ? "Resume" : "Launch"} ${id}?`,
    initialValue: false,
    input: context.stdin,
    // standard output may be read by a program
    output: context.stderr,
    signal: context.signal,
  });
  return !isCancel(answer) && answer;
}

async function waitAndPrint(
  context: CliContext,
  connection: Connection,
  { id, run }: ProcessSummary,
  options: GlobalOptions,
): Promise<void> {
  const onLost = (reason: string) => printNote(context, `connection lost (${reason}); trying again`);
  const ended = await waitForEnd(connection, { id, run, signal: context.signal, onLost });
  // an ephemeral one may be gone before its end was told
  if (ended === undefined || ended.run !== run || ended.state === "idle")
    throw new OptioError("not-found", `run ${run} of '${id}' is over and its outcome is gone`);
  printProcess(context, ended, options);
  if (ended.state !== "done") context.exit.code = 1;
}

/** Prints a process after a command. */
export function printProcess(context: CliContext, process: ProcessSummary, options: GlobalOptions): void {
  if (options.json) printJson(context, process);
  else printLine(context, processLine(process));
}
