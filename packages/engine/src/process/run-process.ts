import { OptioError, toOptioError } from "@optio/contract";
import type { JobSignals } from "../dispatch/dispatcher.ts";
import type { OwnerTransaction } from "../store/store.ts";
import { createChildVerbs } from "./child-runs.ts";
import { closeChildren } from "./close-children.ts";
import { createContext } from "./context.ts";
import { endRun } from "./end-run.ts";
import type { LiveRun, RunOutcome } from "./live-run.ts";
import type { ProcessParts } from "./process-options.ts";
import { toTaskError, transition } from "./transition.ts";

/** Works on a run from the claim to its end state. Never rejects: a lost ownership is only logged. */
export async function runProcess(parts: ProcessParts, run: LiveRun, signals: JobSignals): Promise<void> {
  const { results, services } = parts.options;
  try {
    await work(parts, run, signals);
  } catch (error) {
    const known = toOptioError(error);
    const logger = services.logger.child({ process: run.id, run: run.key.run });
    if (run.isFenced) logger.info({ error: known.message }, "a run that was ended by force has unwound");
    else if (known.code === "stale-owner") logger.warn({ error: known.message }, "lost the run to another owner");
    else logger.error({ error: known.message, code: known.code }, "could not write the end of the run");
  } finally {
    // an end by force concludes by itself
    if (!run.isFenced) run.conclude({ state: "lost" });
    if (!run.isFenced) results.end(run.key, undefined);
  }
}

async function work(parts: ProcessParts, run: LiveRun, signals: JobSignals): Promise<void> {
  const outcome = await attempt(parts, run, signals);
  if (outcome === undefined || run.isFenced) return;
  if (outcome === "detached") {
    await parts.options.services.store.asOwner(run.key, (tx) => tx.patch({ owner: null }));
    return run.conclude({ state: "detached" });
  }
  await finish(parts, run, outcome);
}

async function attempt(
  parts: ProcessParts,
  run: LiveRun,
  signals: JobSignals,
): Promise<RunOutcome | "detached" | undefined> {
  try {
    return (await begin(parts, run, signals)) ? await execute(parts, run, signals) : await refused(parts, run);
  } catch (error) {
    const known = toOptioError(error);
    if (known.code === "stale-owner") throw known;
    return { state: "failed", error: known };
  }
}

/** scheduled → running; an adopted run is there already. False when it was cancelled before it began. */
async function begin(parts: ProcessParts, run: LiveRun, signals: JobSignals): Promise<boolean> {
  if (run.record.state !== "scheduled") return true;
  const { store } = parts.options.services;
  if (run.mode === "fresh") await dropEarlierChildren(parts, run);
  if (signals.cancel.aborted) return false;
  return store.asOwner(run.key, async (tx) => {
    const began = await transition(tx, "running");
    if (began) await sayStart(tx, run);
    return began;
  });
}

/** A fresh run starts without what earlier runs left below it; a resumed one finds its children by their ids. */
async function dropEarlierChildren({ options }: ProcessParts, run: LiveRun): Promise<void> {
  if (run.key.run === 1) return;
  const { processes } = options.services.store;
  // asked without a transaction: most tasks have no children
  if ((await processes.children(run.id)).length === 0) return;
  const gone = await processes.removeDescendants(run.id);
  if (gone.length > 0) await options.onRemoved?.(gone);
}

async function sayStart(tx: OwnerTransaction, { notice }: LiveRun): Promise<void> {
  if (notice !== undefined) await tx.append({ type: "process.logged", level: "warning", message: notice });
}

/** The body does not start: the cancel, which another engine may have written, is its end. */
async function refused(parts: ProcessParts, run: LiveRun): Promise<RunOutcome | undefined> {
  if (run.isOver) return undefined;
  const record = await parts.options.services.store.processes.find(run.id);
  if (record?.state !== "cancelled") return { state: "cancelled" };
  run.conclude({ state: "cancelled", record });
  return undefined;
}

async function execute(
  parts: ProcessParts,
  run: LiveRun,
  signals: JobSignals,
): Promise<RunOutcome | "detached" | undefined> {
  const { services, taskServices, results, timings } = parts.options;
  const { context, settle } = createContext({
    record: run.record,
    mode: run.mode,
    signals,
    services,
    ...(taskServices && { taskServices }),
    results,
    children: createChildVerbs(parts, run),
    progressIntervalMs: timings.progressIntervalMs,
  });
  run.settle = settle;
  const body = await outcomeOf(run, () => run.task.execute(context), signals);
  run.isClosing = true;
  await closeChildren(parts, run);
  if (run.isFenced) return undefined;
  if (body.late) await context.log("warning", `after the cancel: ${body.late.message}`, { code: body.late.code });
  await flush(parts, run, settle);
  return body.outcome;
}

/** A last progress that cannot be written does not change how the run ended. */
async function flush({ options }: ProcessParts, run: LiveRun, settle: () => Promise<void>): Promise<void> {
  try {
    await settle();
  } catch (error) {
    const known = toOptioError(error);
    if (known.code === "stale-owner") throw known;
    options.services.logger.warn({ process: run.id, error: known.message }, "could not write the last progress");
  }
}

interface BodyEnd {
  readonly outcome: RunOutcome | "detached";
  /** What failed after the cancel. */
  readonly late?: OptioError;
}

async function outcomeOf(run: LiveRun, body: () => Promise<unknown>, { cancel }: JobSignals): Promise<BodyEnd> {
  try {
    // cancelled between the claim and here: nothing of the task begins, but what an adopted one left is its to end
    if (run.mode !== "adopt") cancel.throwIfAborted();
    const result = await body();
    if (result === "detached") return { outcome: "detached" };
    return { outcome: { state: cancel.aborted ? "cancelled" : "done" } };
  } catch (error) {
    const known = toTaskError(error);
    if (!cancel.aborted) return { outcome: { state: "failed", error: known } };
    // cancel is sticky: what fails after it is logged, the run still ends cancelled
    return { outcome: { state: "cancelled" }, ...(!isEcho(error, cancel.reason) && { late: known }) };
  }
}

/** Whether an error only says again that the run was cancelled. */
function isEcho(error: unknown, reason: unknown): boolean {
  if (error === reason) return true;
  return error instanceof OptioError && error.code === "group-failed" && error.data?.onlyCancelled === true;
}

async function finish(parts: ProcessParts, run: LiveRun, outcome: RunOutcome): Promise<void> {
  try {
    const record = await endRun(parts, run.key, outcome);
    run.conclude({
      ...outcome,
      state: record ? stateOf(record.state, outcome) : outcome.state,
      ...(record && { record }),
    });
  } catch (error) {
    if (toOptioError(error).code !== "stale-owner") {
      parts.unwritten.set(run, outcome);
      run.conclude(outcome);
    }
    throw error;
  }
}

function stateOf(state: string, outcome: RunOutcome): RunOutcome["state"] {
  return state === "cancelled" ? "cancelled" : outcome.state;
}
