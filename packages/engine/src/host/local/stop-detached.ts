import type { DetachedProcess, HostProcesses, ProcessIdentity } from "../host.ts";
import { requireGone, signalIfAlive, waitUntilGone } from "./end-process.ts";
import { killMarked, requireTaskDirectory } from "./kill-marked.ts";
import { isAlive, listProcesses, readBootId, readProcess, sendSignal } from "./process-table.ts";

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
  const members = await groupMembers(process);
  if (options.graceful) await endGracefully(process, options);
  await killGroup(process, members, signal);
  await killMarked(markerDir, signal);
}

async function endGracefully({ program, group }: DetachedProcess, options: StopOptions): Promise<void> {
  const { signal, termGraceMs = DEFAULT_TERM_GRACE_MS, killGraceMs = DEFAULT_KILL_GRACE_MS } = options;
  for (const graceMs of [termGraceMs, killGraceMs]) {
    if (!(await signalIfAlive(program, "SIGTERM"))) break;
    if (await waitUntilGone([program], graceMs, signal)) break;
  }
  if (!(await isAlive(program))) await waitUntilGone([group], LAUNCHER_GRACE_MS, signal);
}

async function killGroup(process: DetachedProcess, members: ProcessIdentity[], signal?: AbortSignal): Promise<void> {
  // a number names this group only as long as a process known to be in it lives
  const isOurs = await ownsGroup(process);
  const all = isOurs ? [...members, ...(await groupMembers(process))] : members;
  if (isOurs) sendSignal(-process.group.pid, "SIGKILL");
  for (const member of all) await signalIfAlive(member, "SIGKILL");
  await requireGone(all, signal);
}

/** Processes of the group, as far as the group's number is known to still mean it. */
async function groupMembers(detached: DetachedProcess): Promise<ProcessIdentity[]> {
  if (!(await ownsGroup(detached))) return [];
  const [entries, bootId] = await Promise.all([listProcesses(), readBootId()]);
  return entries
    .filter((entry) => entry.group === detached.group.pid && entry.pid !== process.pid)
    .map(({ pid, startTime }) => ({ pid, startTime, bootId }));
}

async function ownsGroup({ program, group }: DetachedProcess): Promise<boolean> {
  if (await isAlive(group)) return true;
  return (await isAlive(program)) && (await readProcess(program.pid))?.group === group.pid;
}
