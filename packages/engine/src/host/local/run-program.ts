import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { OptioError } from "@optio/contract";
import type { RunOptions, RunResult } from "../host.ts";
import { hostFailure } from "./host-failure.ts";
import { listProcesses, sendSignal } from "./process-table.ts";

const DEFAULT_MAX_OUTPUT_BYTES = 1024 * 1024;
/** How long output may still come when the program has ended but a child of it holds the pipe. */
const LATE_OUTPUT_MS = 250;

/**
 * Runs a program to its end, without input. Output above `maxOutputBytes` (default 1 MiB a stream) is cut with a mark.
 * Abort and timeout KILL its whole tree. @throws `timeout`, `host-failed` when it cannot start, or the abort reason.
 */
export async function runProgram(options: RunOptions): Promise<RunResult> {
  const { command, timeoutMs, maxOutputBytes = DEFAULT_MAX_OUTPUT_BYTES } = options;
  options.signal?.throwIfAborted();
  const child = start(options);
  const stdout = collect(child.stdout, maxOutputBytes);
  const stderr = collect(child.stderr, maxOutputBytes);
  const overdue = new AbortController();
  const timer = setTimeout(() => {
    overdue.abort(new OptioError("timeout", `${command} did not finish within ${timeoutMs} ms`));
  }, timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, overdue.signal]) : overdue.signal;
  try {
    const ended = await endOf(child, signal);
    return { ...ended, stdout: stdout(), stderr: stderr() };
  } catch (error) {
    killTree(child);
    throw signal.aborted ? signal.reason : hostFailure(`run ${command}`, error);
  } finally {
    clearTimeout(timer);
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

function start({ command, args, env, cwd }: RunOptions): ChildProcess {
  try {
    return spawn(command, args, {
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      ...(cwd === undefined ? {} : { cwd }),
    });
  } catch (error) {
    throw hostFailure(`run ${command}`, error);
  }
}

function endOf(child: ChildProcess, signal: AbortSignal): Promise<Pick<RunResult, "exitCode" | "signal">> {
  const { promise, resolve, reject } = Promise.withResolvers<Pick<RunResult, "exitCode" | "signal">>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  let late: NodeJS.Timeout | undefined;
  child.once("error", reject);
  child.once("exit", (exitCode, exitSignal) => {
    late = setTimeout(() => resolve({ exitCode, signal: exitSignal }), LATE_OUTPUT_MS);
  });
  child.once("close", (exitCode, exitSignal) => resolve({ exitCode, signal: exitSignal }));
  return promise.finally(() => {
    clearTimeout(late);
    signal.removeEventListener("abort", onAbort);
  });
}

function collect(stream: Readable | null, maxBytes: number): () => string {
  const chunks: Buffer[] = [];
  let kept = 0;
  let dropped = 0;
  stream?.on("data", (chunk: Buffer) => {
    const part = chunk.subarray(0, maxBytes - kept);
    if (part.length > 0) chunks.push(part);
    kept += part.length;
    dropped += chunk.length - part.length;
  });
  return () => Buffer.concat(chunks).toString("utf8") + (dropped > 0 ? `\n[${dropped} more bytes were cut]\n` : "");
}

/** Kills the group, and children that left it for a group of their own. */
function killTree({ pid, exitCode, signalCode }: ChildProcess): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  const tree = new Set([pid]);
  const entries = listProcesses();
  for (let before = 0; before !== tree.size; ) {
    before = tree.size;
    for (const entry of entries) if (tree.has(entry.parent)) tree.add(entry.pid);
  }
  sendSignal(-pid, "SIGKILL");
  for (const member of tree) sendSignal(member, "SIGKILL");
}
