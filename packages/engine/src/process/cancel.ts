import { CANCELLABLE_STATES, OptioError, stateIn, toOptioError } from "@optio/contract";
import type { ProcessRecord } from "../store/store.ts";
import { cancelScheduled } from "./end-run.ts";
import { enforceDeadline } from "./force.ts";
import type { LiveRun } from "./live-run.ts";
import type { ProcessParts } from "./process-options.ts";
import { readProcess } from "./process-options.ts";
import { keyOf, transition, transitionUnowned } from "./transition.ts";

/**
 * Asks a run to end: one that has not begun ends at once, a running one hears of it here, or at its owner. Of many callers one gets
 * the record, the others are refused, and the first deadline stays.
 * @throws `not-found`, `not-cancellable`.
 */
export async function cancelProcess(
  parts: ProcessParts,
  id: string,
  options: { /** Also a process that people may not cancel. Default false. */ readonly always?: boolean } = {},
): Promise<ProcessRecord> {
  for (;;) {
    const seen = await readProcess(parts, id);
    if (!(seen.cancellable || options.always) || !stateIn(seen.state, CANCELLABLE_STATES)) throw notCancellable(seen);
    const moved = await request(parts, seen);
    if (moved) return moved;
  }
}

/** What a cancel that somebody asked for says to the run. */
export function cancelReason(id: string, why = "was cancelled"): OptioError {
  return new OptioError("cancelled", `process '${id}' ${why}`);
}

/** How a run is told to end. */
export interface CancelOptions {
  readonly reason: OptioError;
  /** When it is ended by force; ms since 1970. Default: after the grace of what runs in its subtree. */
  readonly deadlineMs?: number;
  /** Reaches the children of a run that ends them itself too, and writes no state between. Default false. */
  readonly shutdown?: boolean;
  /** Default false. */
  readonly isForSibling?: boolean;
}

/**
 * Tells a run that is worked on here, and those below it unless it ends its children itself, to end by one deadline. The signals are
 * aborted before this returns; it resolves when the states are written. Nothing when the run has been told before.
 */
export async function deliverCancel(parts: ProcessParts, run: LiveRun, options: CancelOptions): Promise<void> {
  if (run.cancel || run.isOver) return;
  const deadlineMs = options.deadlineMs ?? deadlineFor(parts, run);
  const { reason, shutdown = false, isForSibling = false } = options;
  run.cancel = { reason, deadlineMs, isForSibling };
  parts.options.dispatcher.cancel(run.id, reason);
  void enforceDeadline(parts, run, deadlineMs);
  const marked = shutdown ? undefined : markCancelling(parts, run);
  const below =
    shutdown || run.cancelsChildren ? cancelChildren(parts, run, { deadlineMs, reason, shutdown }) : undefined;
  await Promise.all([marked, below]);
}

/** Cancels the children that are worked on, but those told before. Resolves when their states are written. */
export async function cancelChildren(
  parts: ProcessParts,
  run: LiveRun,
  options: CancelOptions & { readonly except?: LiveRun; readonly only?: Iterable<LiveRun> },
): Promise<void> {
  const { except, only, ...cancel } = options;
  const children = [...(only ?? run.children.values())].filter((child) => child !== except);
  await Promise.all(children.map((child) => deliverCancel(parts, child, cancel)));
}

/** When a subtree that is told now is ended by force: after a session's grace as soon as one runs in it, because its teardown takes longer. */
export function deadlineFor({ options }: ProcessParts, ...runs: LiveRun[]): number {
  const { timings, services } = options;
  const hasSession = runs.some((run) => [...run.subtree()].some(({ isSession }) => isSession));
  const graceMs = hasSession ? Math.max(timings.sessionGraceMs, timings.cancelGraceMs) : timings.cancelGraceMs;
  return services.clock.now() + graceMs;
}

async function request(parts: ProcessParts, seen: ProcessRecord): Promise<ProcessRecord | undefined> {
  const reason = cancelReason(seen.id);
  const { services, dispatcher } = parts.options;
  if (seen.state === "scheduled") {
    const record = await cancelScheduled(parts, seen);
    const pending = record && parts.runs.get(keyOf(seen));
    if (!pending) return record;
    dispatcher.cancel(seen.id, reason);
    pending.conclude({ state: "cancelled", record });
    return record;
  }
  const record = await transitionUnowned(services.store, keyOf(seen), "cancel_requested");
  const run = record && parts.runs.get(keyOf(record));
  if (run) await deliverCancel(parts, run, { reason });
  return record;
}

async function markCancelling(parts: ProcessParts, run: LiveRun): Promise<void> {
  const { store, logger } = parts.options.services;
  try {
    await store.asOwner(run.key, async (tx) => {
      await transition(tx, "cancel_requested");
      await transition(tx, "cancelling");
    });
  } catch (error) {
    // the run ended or was lost meanwhile, or the store fails: its end is written all the same
    logger.debug({ process: run.id, error: toOptioError(error).message }, "could not mark a run as cancelling");
  }
}

function notCancellable({ id, state, cancellable }: ProcessRecord): OptioError {
  return new OptioError("not-cancellable", `process '${id}' is ${state}${cancellable ? "" : " and not cancellable"}`);
}
