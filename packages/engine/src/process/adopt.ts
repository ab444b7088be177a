import { ACTIVE_STATES, OptioError, stateIn, toOptioError } from "@optio/contract";
import type { ProcessRecord } from "../store/store.ts";
import { cancelReason, deliverCancel } from "./cancel.ts";
import { endRun } from "./end-run.ts";
import { mayTakeOver } from "./ownership.ts";
import type { ProcessParts } from "./process-options.ts";
import { ownerNow } from "./process-options.ts";
import type { RunMode } from "./task.ts";
import { keyOf } from "./transition.ts";

/** Takes over whatever has no living owner, a tree as one; what cannot be taken over is ended. */
export async function adoptOrphans(parts: ProcessParts): Promise<void> {
  const { store } = parts.options.services;
  const active = await store.processes.listActive();
  const orphans = new Map<string, ProcessRecord>();
  for (const record of active) {
    if (await isOrphan(parts, record)) orphans.set(record.id, record);
  }
  for (const record of orphans.values()) {
    if (parts.stopping.signal.aborted) return;
    // a child goes with its parent, before it
    if (record.parent === null) await contained(parts, record, () => adoptRoot(parts, record));
    else if (!orphans.has(record.parent)) await contained(parts, record, () => endStrayChild(parts, record));
  }
}

/** Ends runs whose owner is this engine's own past: their end could not be written then. */
export async function retryUnwritten(parts: ProcessParts): Promise<void> {
  for (const [run, outcome] of parts.unwritten) {
    try {
      await endRun(parts, run.key, outcome);
    } catch (error) {
      if (toOptioError(error).code !== "stale-owner") throw error;
    }
    parts.unwritten.delete(run);
  }
}

/** A run that is worked on here is none; a cancel that another engine wrote reaches it here at the latest. */
async function isOrphan(parts: ProcessParts, record: ProcessRecord): Promise<boolean> {
  const { options } = parts;
  const live = parts.runs.find(record.id);
  if (live?.key.run === record.run && live.key.epoch === record.epoch) {
    if (isEnding(record)) void deliverCancel(parts, live, { reason: cancelReason(record.id) });
    return false;
  }
  return mayTakeOver(record, options.me, options.services.host, options.services.clock.now());
}

/** A child without a parent that could tell it anything: its owner died at a bad moment. */
async function endStrayChild(parts: ProcessParts, record: ProcessRecord): Promise<void> {
  const { parent } = record;
  const above = parent === null ? undefined : await parts.options.services.store.processes.find(parent);
  const isLiveHere = above && parts.runs.get(keyOf(above)) !== undefined;
  // an active parent elsewhere has an owner who looks after it, or it becomes an orphan itself
  if (above && stateIn(above.state, ACTIVE_STATES) && !isLiveHere) return;
  await endOrphan(parts, record);
}

async function adoptRoot(parts: ProcessParts, seen: ProcessRecord): Promise<void> {
  const record = await takeOver(parts, seen);
  if (!record) return;
  await endOrphansBelow(parts, record.id);
  const task = await parts.options.taskOf(record).catch((error: unknown) => toOptioError(error));
  if (task instanceof OptioError) return failOrphan(parts, record, task);
  const mode = modeOf(record);
  if (!task || !mode || (mode === "adopt" && !task.session)) return failOrphan(parts, record, interrupted());
  if (parts.stopping.signal.aborted) return leaveToNext(parts, record);
  const run = parts.start({ record, mode, task });
  if (isEnding(record)) await deliverCancel(parts, run, { reason: cancelReason(record.id) });
}

/** The engine began to stop after the takeover: nothing of the run was started here. */
async function leaveToNext({ options }: ProcessParts, record: ProcessRecord): Promise<void> {
  await options.services.store.asOwner(keyOf(record), (tx) => tx.patch({ owner: null }));
}

/** How a run that was taken over goes on; undefined when that is not known. */
function modeOf(record: ProcessRecord): RunMode | undefined {
  if (record.state !== "scheduled") return "adopt";
  if (record.session && record.session.resumeFrom !== null) return "resume";
  // whether it was to be fresh or a resume died with its owner: a fresh start could drop what was saved
  return record.kind === "task" && record.hasSavedState ? undefined : "fresh";
}

/** Children first: at no moment does one run below a parent that ended. */
async function endOrphan(parts: ProcessParts, seen: ProcessRecord): Promise<void> {
  const record = await takeOver(parts, seen);
  if (!record) return;
  await endOrphansBelow(parts, record.id);
  await failOrphan(parts, record, interrupted());
}

async function endOrphansBelow(parts: ProcessParts, id: string): Promise<void> {
  const children = await parts.options.services.store.processes.children(id);
  const active = children.filter(({ state }) => stateIn(state, ACTIVE_STATES));
  await Promise.all(active.map((child) => contained(parts, child, () => endOrphan(parts, child))));
}

/** Ends a run that nobody can pick up where it was; what it saved stays, so that a resume finds it. */
async function failOrphan(parts: ProcessParts, record: ProcessRecord, error: OptioError): Promise<void> {
  const { stopOrphan } = parts.options;
  if (record.session || record.kind === "session") await contained(parts, record, async () => stopOrphan?.(record));
  await endRun(parts, keyOf(record), isEnding(record) ? { state: "cancelled" } : { state: "failed", error });
}

function takeOver(parts: ProcessParts, seen: ProcessRecord): Promise<ProcessRecord | undefined> {
  return parts.options.services.store.processes.takeOver(seen.id, seen, ownerNow(parts));
}

function isEnding({ state }: ProcessRecord): boolean {
  return state === "cancel_requested" || state === "cancelling";
}

/** One record that makes trouble must not keep the others waiting, nor the server from starting. */
async function contained(parts: ProcessParts, { id }: ProcessRecord, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { code, message } = toOptioError(error);
    parts.options.services.logger.error({ process: id, code, error: message }, "could not take over a run");
  }
}

/** Plain functions cannot be picked up where they were (row E-19). */
function interrupted(): OptioError {
  return new OptioError("interrupted-by-restart", "the server stopped while this task ran");
}
