import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { access, open } from "node:fs/promises";
import { join } from "node:path";
import { OptioError } from "@optio/contract";
import { withDeadline } from "../../kernel/abort.ts";
import type { DetachedOptions, DetachedProcess } from "../host.ts";
import { DirectoryWatch } from "./directory-watch.ts";
import { attempt, hostFailure } from "./host-failure.ts";
import { LAUNCHER_SCRIPT } from "./launcher-script.ts";
import { localFiles } from "./local-files.ts";
import { parseStat, readBootId, sendSignal } from "./process-table.ts";

const START_TIMEOUT_MS = 10_000;
const SECOND_MS = 1_000;
const DEFAULT_WATCHDOG_INTERVAL_MS = 60 * SECOND_MS;
const LEFTOVERS = ["pid", "pid.tmp", "started", "exit", "x.tmp"];

/** Seconds between the signals that the watchdog sends: as `stopDetached` does by default. */
const WATCHDOG_TERM_SECONDS = 2;
const WATCHDOG_KILL_SECONDS = 5;

/**
 * Starts a program that outlives this process, under the launcher; touches `owner` first. Resolves when the pid file is there.
 * On abort and timeout nothing of it is left running.
 * @throws `host-failed` when it cannot start, `timeout`, or the abort reason.
 */
export async function spawnDetached(options: DetachedOptions): Promise<DetachedProcess> {
  const { controlDir, command, cwd } = options;
  options.signal?.throwIfAborted();
  await prepare(options);
  using watch = new DirectoryWatch(controlDir, "pid");
  const child = await startLauncher(options);
  const failed = Promise.withResolvers<never>();
  child.once("error", (error) => failed.reject(hostFailure(`start ${command} in ${cwd}`, error)));
  child.unref();
  try {
    return await withDeadline(
      { timeoutMs: START_TIMEOUT_MS, what: `the start of ${command}`, signal: options.signal },
      (signal) => Promise.race([failed.promise, readStarted(controlDir, watch, signal)]),
    );
  } catch (error) {
    if (child.pid !== undefined && child.exitCode === null) sendSignal(-child.pid, "SIGKILL");
    throw error;
  }
}

async function prepare({ controlDir, command, cwd }: DetachedOptions): Promise<void> {
  if (!(await localFiles.isUsableDirectory(cwd))) {
    throw new OptioError("host-failed", `cannot start ${command}: its directory ${cwd} is missing or not usable`);
  }
  // the shell would only say 127
  if (command.includes("/")) await attempt(`start ${command}`, () => access(command, constants.X_OK));
  await Promise.all(LEFTOVERS.map((name) => localFiles.remove(join(controlDir, name))));
  await localFiles.touch(join(controlDir, "owner"));
}

async function startLauncher(options: DetachedOptions): Promise<ChildProcess> {
  await using out = await openLog(options.controlDir, "out.log");
  await using err = await openLog(options.controlDir, "err.log");
  const seconds = [
    Math.ceil(options.orphanAfterMs / SECOND_MS),
    (options.watchdogIntervalMs ?? DEFAULT_WATCHDOG_INTERVAL_MS) / SECOND_MS,
    WATCHDOG_TERM_SECONDS,
    WATCHDOG_KILL_SECONDS,
  ];
  const args = [
    "-c",
    LAUNCHER_SCRIPT,
    "sh",
    options.controlDir,
    ...seconds.map(String),
    options.command,
    ...options.args,
  ];
  try {
    return spawn("/bin/sh", args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ["ignore", out.fd, err.fd],
    });
  } catch (error) {
    throw hostFailure(`start ${options.command}`, error);
  }
}

function openLog(controlDir: string, name: string): Promise<FileHandle> {
  return attempt(`write ${join(controlDir, name)}`, () => open(join(controlDir, name), "a", 0o600));
}

async function readStarted(controlDir: string, watch: DirectoryWatch, signal: AbortSignal): Promise<DetachedProcess> {
  while ((await localFiles.stat(join(controlDir, "pid"))) === undefined) await watch.changed(SECOND_MS, signal);
  const [group, program] = ((await localFiles.readText(join(controlDir, "started"))) ?? "").split("\n").map(parseStat);
  if (!group || !program) throw new OptioError("host-failed", `cannot read ${join(controlDir, "started")}`);
  const bootId = await readBootId();
  return {
    group: { pid: group.pid, startTime: group.startTime, bootId },
    program: { pid: program.pid, startTime: program.startTime, bootId },
  };
}
