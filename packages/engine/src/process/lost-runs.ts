import { OptioError } from "@optio/contract";
import type { ProcessRecord } from "../store/store.ts";
import { cancelReason, deliverCancel } from "./cancel.ts";
import type { LiveRun } from "./live-run.ts";
import type { ProcessParts } from "./process-options.ts";

/**
 * Looks which runs that are worked on here another owner has by now (this process was stopped past its lease), and aborts their
 * signals: nothing that they write counts any more.
 */
export async function findLostRuns(parts: ProcessParts): Promise<void> {
  const { processes } = parts.options.services.store;
  const seen = parts.runs.all();
  if (seen.length === 0) return;
  const active = new Map((await processes.listActive()).map((record) => [record.id, record]));
  // what ended by itself meanwhile is not among the active ones either
  const suspects = seen.filter((run) => !isOwner(run, active.get(run.id)));
  for (const run of suspects) {
    if (!isOwner(run, await processes.find(run.id))) loseRun(parts, run);
  }
}

function isOwner({ key }: LiveRun, record: ProcessRecord | undefined): boolean {
  return record?.run === key.run && record.epoch === key.epoch;
}

/** Aborts a run that another owner has, and holds up nothing with it: a plain body that ignores this has the shield time. */
export function loseRun(parts: ProcessParts, run: LiveRun): void {
  if (run.isOver || run.isFenced) return;
  const { dispatcher, results, services } = parts.options;
  const { id, key } = run;
  services.logger.warn({ process: id, run: key.run }, "lost a run to another owner");
  run.isFenced = true;
  dispatcher.cancel(
    id,
    new OptioError("stale-owner", `another owner took over run ${key.run} of '${id}'; nothing it writes here counts`),
  );
  results.end(key, undefined);
  run.conclude({ state: "lost" });
  void abandonUnlessSettled(parts, run);
  // the new owner ends what runs below it; here it stops at once
  for (const child of [...run.children.values()]) {
    void deliverCancel(parts, child, { reason: cancelReason(child.id, "lost its parent to another owner") });
  }
}

/** A session's body may still tear down what the next run needs. */
async function abandonUnlessSettled({ options }: ProcessParts, { id, key, isSession }: LiveRun): Promise<void> {
  if (isSession) return;
  const { dispatcher, services, timings } = options;
  const settled = new AbortController();
  void dispatcher.settled(id).then(() => settled.abort());
  await services.clock.sleep(timings.forceShieldMs, settled.signal).then(
    () => dispatcher.abandon(key),
    () => undefined,
  );
}
