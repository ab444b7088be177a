import { readdir, readFile } from "node:fs/promises";
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
export async function readBootId(): Promise<string> {
  return (await readFile(BOOT_ID, "utf8")).trim();
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
export async function readProcess(pid: number): Promise<ProcessEntry | undefined> {
  const line = await readProcFile(pid, "stat");
  return line === undefined ? undefined : parseStat(line);
}

/** The identity of a living pid; undefined when there is none. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  if (!Number.isSafeInteger(pid) || pid <= 0) return undefined;
  const [entry, bootId] = await Promise.all([readProcess(pid), readBootId()]);
  return entry?.isAlive ? { pid, startTime: entry.startTime, bootId } : undefined;
}

/** Whether this very process is alive; one that has ended but was not collected counts as gone. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const found = await identify(identity.pid);
  return found?.startTime === identity.startTime && found.bootId === identity.bootId;
}

/** Every living process of the machine. */
export async function listProcesses(): Promise<ProcessEntry[]> {
  const names = await readdir("/proc");
  const entries = await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map((name) => readProcess(Number(name))),
  );
  return entries.filter((entry) => entry?.isAlive === true) as ProcessEntry[];
}

/** The environment a process was started with, as NAME=value; empty when it is gone or not ours to read. */
export async function readEnvironment(pid: number): Promise<string[]> {
  return (await readProcFile(pid, "environ"))?.split("\0") ?? [];
}

async function readProcFile(pid: number, name: string): Promise<string | undefined> {
  try {
    return await readFile(`/proc/${pid}/${name}`, "utf8");
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
