import { OptioError } from "@optio/contract";
import type { ProcessIdentity } from "../host.ts";
import { requireGone, signalIfAlive } from "./end-process.ts";
import { isMarked } from "./is-marked.ts";
import { listProcesses, readBootId, readEnvironment, toIdentity } from "./process-table.ts";

const MAX_ROUNDS = 100;

/** KILLs every process that names the directory in its environment; see `HostProcesses.killMarked`. Returns how many. */
export async function killMarked(markerDir: string, signal?: AbortSignal): Promise<number> {
  requireTaskDirectory(markerDir);
  const killed = new Set<string>();
  // again and again: what is killed may just have started another
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = markedProcesses(markerDir);
    if (found.length === 0) return killed.size;
    for (const identity of found) {
      if (signalIfAlive(identity, "SIGKILL")) killed.add(`${identity.pid} ${identity.startTime}`);
    }
    await requireGone(found, signal);
  }
  throw new OptioError("host-failed", `processes that name ${markerDir} keep starting new ones`);
}

/** Refuses what half the machine may name. @throws `usage` */
export function requireTaskDirectory(path: string): void {
  if (/^\/[^/]+(\/[^/]+)+$/.test(path)) return;
  throw new OptioError("usage", `"${path}" is not the absolute path of a task directory, at least two levels deep`);
}

function markedProcesses(markerDir: string): ProcessIdentity[] {
  const entries = listProcesses();
  const bootId = readBootId();
  const spared = ancestorsOfOurs(new Map(entries.map((entry) => [entry.pid, entry.parent])));
  return entries
    .filter(({ pid }) => !spared.has(pid) && isMarked(readEnvironment(pid), markerDir))
    .map((entry) => toIdentity(entry, bootId));
}

/** This process and those above it: a server that a session itself started must not end its own shell. */
function ancestorsOfOurs(parents: ReadonlyMap<number, number>): Set<number> {
  const found = new Set<number>();
  for (let pid: number | undefined = process.pid; pid && !found.has(pid); pid = parents.get(pid)) found.add(pid);
  return found;
}
