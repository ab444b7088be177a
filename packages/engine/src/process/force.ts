import { ACTIVE_STATES, OptioError, stateIn, toOptioError } from "@optio/contract";
import type { OwnerKey } from "../store/store.ts";
import { endRun } from "./end-run.ts";
import type { LiveRun } from "./live-run.ts";
import type { ProcessParts } from "./process-options.ts";
import { ownerNow } from "./process-options.ts";
import { keyOf } from "./transition.ts";

/** Waits until the run is over or its deadline has passed, and ends it by force then. Never rejects. */
export async function enforceDeadline(parts: ProcessParts, run: LiveRun, deadlineMs: number): Promise<void> {
  const { clock } = parts.options.services;
  if (await sleepUnlessEnded(parts, run.ended, deadlineMs - clock.now())) return;
  await forceRun(parts, run);
}

/**
 * Ends a run by force, and whatever runs below it: a new epoch first, so that nothing its body still does is written; then its
 * children; then, once the body has unwound or the shield time is over, its end. Never rejects; the run is over when it resolves.
 */
export async function forceRun(parts: ProcessParts, run: LiveRun): Promise<void> {
  if (run.isOver || run.isFenced) {
    await run.ended;
    return;
  }
  try {
    if (run.isClosing) await forceBelow(parts, run);
    // a body that is over and waited for its children only ends by itself now
    if (run.isClosing && (await sleepUnlessEnded(parts, run.ended, parts.options.timings.forceShieldMs))) return;
    await fenceAndEnd(parts, run);
  } catch (error) {
    const { logger } = parts.options.services;
    logger.error({ process: run.id, error: toOptioError(error).message }, "could not end a run by force");
  } finally {
    run.conclude({ state: "lost" });
  }
}

async function fenceAndEnd(parts: ProcessParts, run: LiveRun): Promise<void> {
  const { dispatcher, results, timings } = parts.options;
  const shield = sleepUnlessEnded(parts, dispatcher.settled(run.id), timings.forceShieldMs);
  const key = await fence(parts, run, shield);
  if (!key) {
    // it ends by itself at this moment, or another owner has it
    await sleepUnlessEnded(parts, run.ended, timings.forceShieldMs);
    return;
  }
  results.end(run.key, "failed");
  await Promise.all([shield, forceBelow(parts, run), stopProgram(parts, run)]);
  // a session's body may still tear down what the next run needs; a plain function that hangs must not hold up the next run
  if (!run.isSession) dispatcher.abandon(run.key);
  const error = graceExceeded();
  const record = await endRun(parts, key, { state: "failed", error });
  run.conclude({ state: "failed", error, ...(record && { record }) });
}

/** Takes the run over from its own body. Undefined when it is over, or another owner was faster. */
async function fence(parts: ProcessParts, run: LiveRun, shield: Promise<unknown>): Promise<OwnerKey | undefined> {
  const { processes } = parts.options.services.store;
  const seen = await processes.find(run.id);
  if (!seen || run.isOver || !stateIn(seen.state, ACTIVE_STATES)) return undefined;
  run.isFenced = true;
  // the last progress is written while the run is still this body's; a write of the body that hangs has no more than the shield time
  await Promise.race([settle(parts, run), shield]);
  const taken = await processes.takeOver(run.id, run.key, ownerNow(parts));
  if (taken) return keyOf(taken);
  run.isFenced = false;
  return undefined;
}

async function settle({ options }: ProcessParts, run: LiveRun): Promise<void> {
  try {
    await run.settle?.();
  } catch (error) {
    const { message } = toOptioError(error);
    options.services.logger.warn({ process: run.id, error: message }, "could not write the last progress");
  }
}

/** Also the children of a run that ends them itself, and those that are starting at this moment. */
async function forceBelow(parts: ProcessParts, run: LiveRun): Promise<void> {
  while (run.startingChildren.size > 0 || run.children.size > 0) {
    await Promise.all([...run.children.values()].map((child) => forceRun(parts, child)));
    await Promise.allSettled([...run.startingChildren]);
  }
}

async function stopProgram({ options }: ProcessParts, run: LiveRun): Promise<void> {
  if (!run.isSession) return;
  try {
    await options.stopOrphan?.(run.record);
  } catch (error) {
    const { message } = toOptioError(error);
    options.services.logger.error({ process: run.id, error: message }, "could not stop what a run left behind");
  }
}

/** True when the promise settled within the time, false when the time was up. */
async function sleepUnlessEnded(parts: ProcessParts, ended: Promise<unknown>, ms: number): Promise<boolean> {
  const over = new AbortController();
  const end = () => over.abort();
  ended.then(end, end);
  try {
    await parts.options.services.clock.sleep(Math.max(0, ms), over.signal);
    return false;
  } catch {
    return true;
  }
}

function graceExceeded(): OptioError {
  return new OptioError("grace-exceeded", "the run did not stop within its grace time and was ended by force");
}
