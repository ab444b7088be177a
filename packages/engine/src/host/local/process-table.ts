import { readdirSync, readFileSync } from "node:fs";
import type { ProcessIdentity } from "../host.ts";
import { errnoOf } from "./host-failure.ts";

const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** One living process as /proc/PID/stat tells it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly startTime: string;
  /** False for one that has ended but was not collected by its parent yet. */
  readonly isAlive: boolean;
}

/** The id of the machine's current boot. */
export function readBootId(): string {
  return readFileSync(BOOT_ID, "utf8").trim();
}

/** One line of /proc/PID/stat, parsed; undefined when it is none. */
export function parseStat(line: string): ProcessEntry | undefined {
  const pid = Number.parseInt(line, 10);
  // the second field is the program's own name in parentheses and may itself contain blanks and parentheses
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group] = fields;
  const startTime = fields[19];
  if (!(pid > 0) || state === undefined || group === undefined || !startTime) return undefined;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    startTime,
    isAlive: state !== "Z" && state !== "X",
  };
}

/** The entry of a pid, living or not yet collected; undefined when there is none. */
export function readProcess(pid: number): ProcessEntry | undefined {
  const line = readProcFile(pid, "stat");
  return line === undefined ? undefined : parseStat(line);
}

/** The identity of a living pid; undefined when there is none. */
export function identify(pid: number): ProcessIdentity | undefined {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const entry = readProcess(pid);
  return entry?.isAlive ? toIdentity(entry, readBootId()) : undefined;
}

/** Whether this very process is alive; one that has ended but was not collected counts as gone. */
export function isAlive(identity: ProcessIdentity): boolean {
  const found = identify(identity.pid);
  return found?.startTime === identity.startTime && found.bootId === identity.bootId;
}

/** The entry as an identity. */
export function toIdentity({ pid, startTime }: ProcessEntry, bootId: string): ProcessIdentity {
  return { pid, startTime, bootId };
}

/** Every living process of the machine. */
export function listProcesses(): ProcessEntry[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((entry) => entry !== undefined)
    .filter((entry) => entry.isAlive);
}

/** The environment a process was started with, as NAME=value; empty when it is gone or not ours to read. */
export function readEnvironment(pid: number): string[] {
  return readProcFile(pid, "environ")?.split("\0") ?? [];
}

// /proc is memory: a read takes some 15 µs, handing it to a thread many times that
function readProcFile(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(errnoOf(error) ?? "")) return undefined;
    throw error;
  }
}

/** Sends the signal; false when there is no such process (any more). A negative pid names a process group. */
export function sendSignal(pid: number, signal: "SIGTERM" | "SIGKILL"): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (errnoOf(error) === "ESRCH") return false;
    throw error;
  }
}
