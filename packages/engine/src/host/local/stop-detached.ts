import type { DetachedProcess, HostProcesses, ProcessIdentity } from "../host.ts";
import { requireGone, signalIfAlive, waitUntilGone } from "./end-process.ts";
import { killMarked, requireTaskDirectory } from "./kill-marked.ts";
import { isAlive, listProcesses, readBootId, readProcess, sendSignal, toIdentity } from "./process-table.ts";

type StopOptions = Parameters<HostProcesses["stopDetached"]>[1];

const DEFAULT_TERM_GRACE_MS = 2_000;
const DEFAULT_KILL_GRACE_MS = 5_000;
/** The launcher writes the exit file after the program has gone. */
const LAUNCHER_GRACE_MS = 1_000;

/** Ends the program and all that belongs to it; see `HostProcesses.stopDetached`. @throws `host-failed` when something outlives KILL. */
export async function stopDetached(process: DetachedProcess, options: StopOptions): Promise<void> {
  const { markerDir, signal } = options;
  requireTaskDirectory(markerDir);
  signal?.throwIfAborted();
  const members = groupMembers(process);
  if (options.graceful) await endGracefully(process, options);
  await killGroup(process, members, signal);
  await killMarked(markerDir, signal);
}

async function endGracefully({ program, group }: DetachedProcess, options: StopOptions): Promise<void> {
  const { signal, termGraceMs = DEFAULT_TERM_GRACE_MS, killGraceMs = DEFAULT_KILL_GRACE_MS } = options;
  for (const graceMs of [termGraceMs, killGraceMs]) {
    if (!signalIfAlive(program, "SIGTERM")) break;
    if (await waitUntilGone([program], graceMs, signal)) break;
  }
  if (!isAlive(program)) await waitUntilGone([group], LAUNCHER_GRACE_MS, signal);
}

async function killGroup(process: DetachedProcess, members: ProcessIdentity[], signal?: AbortSignal): Promise<void> {
  const all = [...members, ...groupMembers(process)];
  if (ownsGroup(process)) sendSignal(-process.group.pid, "SIGKILL");
  for (const member of all) signalIfAlive(member, "SIGKILL");
  await requireGone(all, signal);
}

/** Living processes of the group; none once its number may mean another group. */
function groupMembers(detached: DetachedProcess): ProcessIdentity[] {
  if (!ownsGroup(detached)) return [];
  const bootId = readBootId();
  return listProcesses()
    .filter((entry) => entry.group === detached.group.pid)
    .map((entry) => toIdentity(entry, bootId));
}

/** A number names this group as long as a process known to be in it lives. */
function ownsGroup({ program, group }: DetachedProcess): boolean {
  return isAlive(group) || (isAlive(program) && readProcess(program.pid)?.group === group.pid);
}
