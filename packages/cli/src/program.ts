import { readFileSync } from "node:fs";
import { OptioError } from "@optio/contract";
import { Command, CommanderError } from "commander";
import { addAttach } from "./commands/attach.ts";
import { addBlocks } from "./commands/blocks.ts";
import { addControl } from "./commands/control.ts";
import { addDecide } from "./commands/decide.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addGroup } from "./commands/group.ts";
import { addLaunch } from "./commands/launch.ts";
import { addLog } from "./commands/log.ts";
import { addLs } from "./commands/ls.ts";
import { addNotLanded } from "./commands/not-landed.ts";
import { addResync } from "./commands/resync.ts";
import { addRun } from "./commands/run.ts";
import { addSend } from "./commands/send.ts";
import { addShow } from "./commands/show.ts";
import { addToken } from "./commands/token.ts";
import { addUp } from "./commands/up.ts";
import type { CliContext } from "./context.ts";
import { reportFailure } from "./report-failure.ts";

/** Runs one command line (without the program's name). Returns the exit code: 0 ok, 1 failed, 2 usage. Never throws. */
export async function runProgram(argv: readonly string[], context: CliContext): Promise<0 | 1 | 2> {
  const json = argv.slice(0, indexOrEnd(argv, "--")).includes("--json");
  try {
    await buildProgram(context, json).parseAsync([...argv], { from: "user" });
    return context.exit.code;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportFailure(context, error, { json });
    if (error.exitCode === 0) return 0;
    if (json) reportFailure(context, new OptioError("usage", error.message.replace(/^error: /, "")), { json });
    return 2;
  }
}

/** The command tree. */
export function buildProgram(context: CliContext, json: boolean): Command {
  const program = new Command("optio")
    .description("Codex as durable, managed sessions")
    .version(ownVersion(), "-V, --version")
    .option("--json", "answer with JSON; streams as one object a line; errors as a problem document on standard error")
    .option("--url <address>", "server; default: OPTIO_URL or 127.0.0.1 at OPTIO_PORT (4747)")
    .option("--token <token>", "default: OPTIO_TOKEN or the one that `optio up` left in the home")
    .option("--home <directory>", "state of the server; default: OPTIO_HOME or ~/.local/share/optio")
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
      outputError: (text, write) => {
        if (!json) write(text);
      },
    });
  for (const add of COMMANDS) add(program, context);
  addNotLanded(program);
  return program;
}

const COMMANDS = [
  addUp,
  addRun,
  addLs,
  addShow,
  addAttach,
  addSend,
  addDecide,
  addLaunch,
  addControl,
  addLog,
  addGroup,
  addBlocks,
  addResync,
  addToken,
  addDoctor,
];

function ownVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const hasVersion = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return hasVersion ? String(manifest.version) : "unknown";
}

function indexOrEnd(list: readonly string[], value: string): number {
  const index = list.indexOf(value);
  return index === -1 ? list.length : index;
}
