import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import { Option } from "commander";
import { resolveHome } from "../config.ts";
import { findConfig } from "../config-file/find-config.ts";
import type { ConfigFile } from "../config-file/load-config.ts";
import { serverPlace } from "../config-file/server-place.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { printJson, printLine } from "../context.ts";
import { styleFor } from "../render/style.ts";
import { openBrowser } from "../up/open-browser.ts";
import type { Serving } from "../up/serve.ts";
import { letYoungHeapGrow } from "../young-heap.ts";

/** Letting go of sessions is quick; a server that was told to stop is to be gone within 3 s. */
const DETACH_TIMEOUT_MS = 2500;

interface UpOptions extends GlobalOptions {
  readonly demo?: boolean;
  readonly port?: string;
  readonly host?: string;
  readonly config?: string;
  readonly allowHost?: readonly string[];
  readonly baseUrl?: string;
  readonly stopSessions?: boolean;
}

/** `optio up`: the server, in this process, until it is told to stop. */
export function addUp(program: Command, context: CliContext): void {
  const append = (value: string, before: string[] | undefined) => [...(before ?? []), value];
  const command = program
    .command("up")
    .description("start the server; on Ctrl-C or SIGTERM it stops and its sessions go on")
    .option("--port <port>", "default: OPTIO_PORT or 4747; 0 takes any free one")
    .option("--host <address>", "address to listen on (default: 127.0.0.1)")
    .option("--config <file>", "default: OPTIO_CONFIG, or optio.config.ts in the working directory if there is one")
    .addOption(new Option("--allow-host <name>", "answer under this host name too (repeatable)").argParser(append))
    .option("--base-url <address>", "address under which people reach it, as behind a proxy")
    .option("--demo", "in an empty store: make the session 'demo' with a scripted model")
    .option("--stop-sessions", "at the end stop the sessions too");
  command.action(async () => up(context, command.optsWithGlobals<UpOptions>()));
}

async function up(context: CliContext, options: UpOptions): Promise<void> {
  // a closed terminal or a reader that went is no reason for a server to end before its sessions are let go
  context.stdout.removeAllListeners("error").on("error", () => undefined);
  const home = resolveHome(context.env, options, context.cwd);
  // wrong flags are told before anything is loaded
  serverPlace(context.env, options);
  // loaded here, so that commands that talk to a server start without it
  const [{ serve }, configFile] = await Promise.all([import("../up/serve.ts"), openConfig(context, options.config)]);
  const place = serverPlace(context.env, options, configFile?.config.server);
  const serving = await serve(context, { ...place, home, configFile, isDemo: options.demo === true });
  letYoungHeapGrow();
  announce(context, serving, home, options);
  openBrowser(context, serving.loginUrl);
  await stopRequested(context.signal);
  await close(context, serving, options.stopSessions === true);
}

async function openConfig(context: CliContext, flag: string | undefined): Promise<ConfigFile | undefined> {
  const path = await findConfig(context, flag);
  if (path === undefined) return undefined;
  const { loadConfig } = await import("../config-file/load-config.ts");
  return loadConfig(path);
}

function announce(context: CliContext, serving: Serving, home: string, options: UpOptions): void {
  const { url, loginUrl, logFile } = serving;
  if (options.json) {
    printJson(context, { url, loginUrl, home, pid: process.pid });
    return;
  }
  const style = styleFor(context, context.stdout);
  const sessions = options.stopSessions ? "its sessions end too" : "its sessions go on";
  printLine(context, `${style.bold("Optio")} is at ${style.cyan(url)}`);
  printLine(context, `Log in (once, within 10 minutes): ${style.cyan(loginUrl)}`);
  printLine(context, style.dim(`state: ${home}${logFile === undefined ? "" : `   log: ${logFile}`}`));
  printLine(context, style.dim(`Ctrl-C stops the server; ${sessions}.`));
}

function stopRequested(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

async function close(context: CliContext, serving: Serving, stopSessions: boolean): Promise<void> {
  if (context.stdout.isTTY === true) {
    printLine(context, stopSessions ? "\nending the sessions; Ctrl-C again: at once" : "\nstopping; sessions go on");
  }
  const isQuick = !(stopSessions || (await serving.runsTasks().catch(() => false)));
  const closed = serving.close({ stopSessions });
  // plain tasks and sessions that end have a grace, which bounds it
  if (!isQuick) return closed;
  const timer = new AbortController();
  await Promise.race([closed, delay(DETACH_TIMEOUT_MS, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
}
