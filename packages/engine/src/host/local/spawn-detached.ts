import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { accessSync, closeSync, constants, openSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { OptioError } from "@optio/contract";
import { withDeadline } from "../../kernel/abort.ts";
import type { DetachedOptions, DetachedProcess } from "../host.ts";
import { DirectoryWatch } from "./directory-watch.ts";
import { attempt, errnoOf, hostFailure } from "./host-failure.ts";
import { LAUNCHER_SCRIPT } from "./launcher-script.ts";
import { parseStat, readBootId, sendSignal, toIdentity } from "./process-table.ts";

const START_TIMEOUT_MS = 10_000;
const SECOND_MS = 1_000;
const DEFAULT_WATCHDOG_INTERVAL_MS = 60 * SECOND_MS;
const LEFTOVERS = ["pid", "started", "exit", "x.tmp"];

/** Seconds between the signals that the watchdog sends: as `stopDetached` does by default. */
const WATCHDOG_TERM_SECONDS = 2;
const WATCHDOG_KILL_SECONDS = 5;

/**
 * Starts a program that outlives this process, under the launcher; touches `owner` first. Resolves when the pid file is there.
 * On abort and timeout nothing of it is left running.
 * @throws `host-failed` when it cannot start, `timeout`, or the abort reason.
 */
export async function spawnDetached(options: DetachedOptions): Promise<DetachedProcess> {
  const { controlDir, command, signal } = options;
  signal?.throwIfAborted();
  await attempt(`start ${command}`, async () => requireStartable(options));
  await attempt(`prepare ${controlDir}`, async () => clearControlDirectory(controlDir));
  using watch = new DirectoryWatch(controlDir, "pid");
  const child = await attempt(`start ${command}`, async () => startLauncher(options));
  child.unref();
  try {
    return await withDeadline({ timeoutMs: START_TIMEOUT_MS, what: `the start of ${command}`, signal }, (overdue) =>
      Promise.race([failureOf(child, options), readStarted(controlDir, watch, overdue)]),
    );
  } catch (error) {
    if (child.pid !== undefined && child.exitCode === null) sendSignal(-child.pid, "SIGKILL");
    throw error;
  }
}

// Below, files are reached by synchronous calls: a dozen of microseconds each, while a start with asynchronous ones took twice as long.

function requireStartable({ command, cwd }: DetachedOptions): void {
  if (!statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
    throw new OptioError("host-failed", `cannot start ${command}: its directory ${cwd} is missing or is none`);
  }
  // the shell would only say 127
  if (command.includes("/")) accessSync(command, constants.X_OK);
}

function clearControlDirectory(controlDir: string): void {
  for (const name of LEFTOVERS) rmSync(join(controlDir, name), { force: true });
  const owner = join(controlDir, "owner");
  closeSync(openSync(owner, "a", 0o600));
  const now = new Date();
  utimesSync(owner, now, now);
}

function startLauncher({ controlDir, command, args, env, cwd, ...times }: DetachedOptions): ChildProcess {
  const seconds = [
    Math.ceil(times.orphanAfterMs / SECOND_MS),
    (times.watchdogIntervalMs ?? DEFAULT_WATCHDOG_INTERVAL_MS) / SECOND_MS,
    WATCHDOG_TERM_SECONDS,
    WATCHDOG_KILL_SECONDS,
  ];
  const logs: number[] = [];
  try {
    for (const name of ["out.log", "err.log"]) logs.push(openSync(join(controlDir, name), "a", 0o600));
    return spawn("/bin/sh", ["-c", LAUNCHER_SCRIPT, "sh", controlDir, ...seconds.map(String), command, ...args], {
      cwd,
      env,
      detached: true,
      stdio: ["ignore", ...logs],
    });
  } finally {
    for (const log of logs) closeSync(log);
  }
}

/** Rejects when the launcher cannot start or ends before it has said what it started. */
function failureOf(child: ChildProcess, { controlDir, command, cwd }: DetachedOptions): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  child.once("error", (error) => reject(hostFailure(`start ${command} in ${cwd}`, error)));
  child.once("exit", (code, signal) => {
    if (isWritten(controlDir)) return;
    reject(new OptioError("host-failed", `cannot start ${command}: its launcher ended (${signal ?? code})`));
  });
  return promise;
}

async function readStarted(controlDir: string, watch: DirectoryWatch, signal: AbortSignal): Promise<DetachedProcess> {
  while (!isWritten(controlDir)) await watch.changed(SECOND_MS, signal);
  const [group, program] = readFileSync(join(controlDir, "started"), "utf8").split("\n").map(parseStat);
  if (!group || !program) throw new OptioError("host-failed", `cannot read ${join(controlDir, "started")}`);
  const bootId = readBootId();
  return { group: toIdentity(group, bootId), program: toIdentity(program, bootId) };
}

function isWritten(controlDir: string): boolean {
  try {
    return readFileSync(join(controlDir, "pid"), "utf8").endsWith("\n");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return false;
    throw hostFailure(`read ${join(controlDir, "pid")}`, error);
  }
}
