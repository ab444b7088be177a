import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 100;

/**
 * An environment whose PATH ends in a directory that does not exist and names this run. PATH is the one variable that
 * every process of ours hands on, detached sessions included, so whoever carries the marker was started by this run.
 */
export function markedEnvironment(env: NodeJS.ProcessEnv): { marker: string; env: NodeJS.ProcessEnv } {
  const marker = `/nonexistent/optio-test-run-${randomUUID()}`;
  return { marker, env: { ...env, PATH: [env.PATH, marker].join(delimiter) } };
}

/**
 * The processes with the marker in their environment, after they had `graceMs` (default 5 s) to end by themselves.
 */
export async function waitForLeftovers(marker: string, graceMs = 5 * 1_000): Promise<number[]> {
  const deadline = performance.now() + graceMs;
  let left = findLeftovers(marker);
  while (left.length > 0 && performance.now() < deadline) {
    await delay(POLL_MS);
    left = findLeftovers(marker);
  }
  return left;
}

/** Kills every process with the marker in its environment. */
export function killLeftovers(marker: string): void {
  for (const pid of findLeftovers(marker)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended between the look and the kill.
    }
  }
}

/** The process as one line: pid and the start of its command line. */
export function leftoverLine(pid: number): string {
  return `${pid} ${readProc(pid, "cmdline").replaceAll("\0", " ").slice(0, 120)}`;
}

function findLeftovers(marker: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && readProc(pid, "environ").includes(marker));
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return "";
  }
}
