import { OptioError, toOptioError } from "@optio/contract";
import type { JobSignals } from "../dispatch/dispatcher.ts";
import type { ProcessRecord } from "../store/store.ts";
import { createContext } from "./context.ts";
import type { PublishedResults } from "./published-results.ts";
import type { RunMode, RunServices, TaskDefinition } from "./task.ts";
import type { RunOutcome } from "./transition.ts";
import { keyOf, toErrorRecord, transition } from "./transition.ts";

/** One ownership of a run, ready to be worked on. */
export interface RunJob {
  readonly record: ProcessRecord;
  readonly mode: RunMode;
  readonly task: TaskDefinition;
  readonly services: RunServices;
  readonly results: PublishedResults;
}

/** Works on a run from the claim to its end state. Never rejects: a lost ownership is only logged. */
export async function runProcess(job: RunJob, signals: JobSignals): Promise<void> {
  const { record, services, results } = job;
  const logger = services.logger.child({ process: record.id, run: record.run });
  try {
    if (!(await enterRunning(job))) return;
    const outcome = await execute(job, signals);
    if (outcome === "detached") await releaseOwnership(job);
    else await finish(job, outcome);
  } catch (error) {
    const known = toOptioError(error);
    if (known.code === "stale-owner") logger.warn({ error: known.message }, "lost the run to another owner");
    else logger.error({ error: known.message, code: known.code }, "could not write the end of the run");
  } finally {
    results.clear(record.id);
  }
}

/** scheduled → running; an adopted run is there already. */
async function enterRunning({ record, services }: RunJob): Promise<boolean> {
  if (record.state !== "scheduled") return true;
  return services.store.asOwner(keyOf(record), (tx) => transition(tx, "running"));
}

async function execute(job: RunJob, signals: JobSignals): Promise<RunOutcome | "detached"> {
  const context = createContext({ ...job, signals });
  try {
    const result = await job.task.execute(context);
    if (result === "detached") return "detached";
    return signals.cancel.aborted ? { state: "cancelled" } : { state: "done" };
  } catch (error) {
    const known = toOptioError(error, "task-failed");
    if (known.code === "stale-owner") throw known;
    // cancel is sticky: what fails after it is logged, the run still ends cancelled
    if (signals.cancel.aborted) {
      if (error !== signals.cancel.reason)
        await context.log("warning", `after the cancel: ${known.message}`, { code: known.code });
      return { state: "cancelled" };
    }
    return { state: "failed", error: toErrorRecord(known) };
  }
}

async function finish({ record, services }: RunJob, outcome: RunOutcome): Promise<void> {
  const patch = { endedAt: services.clock.now(), error: outcome.error ?? null, owner: null };
  await services.store.asOwner(keyOf(record), async (tx) => {
    if (outcome.state === "cancelled") await transition(tx, "cancelling");
    // a body may end done although a cancel was asked for meanwhile; the arrows decide what is possible
    const moved = await transition(tx, outcome.state, patch, outcome.error?.code);
    if (!moved && !(await transition(tx, "cancelled", patch))) {
      throw new OptioError("internal", `process '${record.id}' cannot end as ${outcome.state}`);
    }
  });
}

async function releaseOwnership({ record, services }: RunJob): Promise<void> {
  await services.store.asOwner(keyOf(record), (tx) => tx.patch({ owner: null }));
}
