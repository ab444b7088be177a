import { LAUNCHABLE_STATES, OptioError, stateIn, toOptioError } from "@optio/contract";
import type { ProcessRecord } from "../store/store.ts";
import { endRun } from "./end-run.ts";
import type { LiveRun, RunStart } from "./live-run.ts";
import type { ProcessParts } from "./process-options.ts";
import { ownerNow, readProcess, refuseWhenStopping } from "./process-options.ts";
import type { TaskDefinition } from "./task.ts";
import { keyOf } from "./transition.ts";

/** Said in the log of a run that was to be a resume. */
const NOTHING_SAVED = "resume was asked for, but nothing was saved by an earlier run: this is a fresh start";

/** A launch: the run, and what it will publish, watched from before its start. */
export interface Launch {
  readonly run: LiveRun;
  /** @throws `result-not-published`. */
  readonly result: Promise<object>;
}

/**
 * Launches a process: the one path of every form of launch. The reasons of a refusal are asked in the order of the contract.
 * @throws `shutting-down`, `not-found`, `not-launchable`, `no-resume-support`, `launch-blocked`.
 */
export async function launchProcess(parts: ProcessParts, id: string, { resume }: { resume: boolean }): Promise<Launch> {
  refuseWhenStopping(parts);
  const seen = await readProcess(parts, id);
  if (!stateIn(seen.state, LAUNCHABLE_STATES)) throw notLaunchable(seen);
  const task = await taskFor(parts, seen);
  if (resume && !seen.supportsResume)
    throw new OptioError("no-resume-support", `process '${id}' does not support resume; launch it without`);
  const claimed = await parts.gate.admit(seen, () => claimRun(parts, seen, resume));
  if (!claimed) throw notLaunchable(await readProcess(parts, id));
  if (parts.stopping.signal.aborted) {
    await endUnlessLost(parts, claimed.record);
    refuseWhenStopping(parts);
  }
  return startClaimed(parts, { ...claimed, task });
}

/** Ends a run that is not to start, unless another engine has taken it over meanwhile: then it is that one's. */
async function endUnlessLost(parts: ProcessParts, record: ProcessRecord): Promise<void> {
  try {
    await endRun(parts, keyOf(record), { state: "cancelled" });
  } catch (error) {
    if (toOptioError(error).code !== "stale-owner") throw error;
  }
}

/** A claimed run: the record and how it starts. */
export type ClaimedRun = Pick<RunStart, "record" | "mode"> & { readonly notice?: string };

/** Takes a new run of a process for this engine. Undefined when the state is another one by now. */
export async function claimRun(
  parts: ProcessParts,
  seen: ProcessRecord,
  resume: boolean,
): Promise<ClaimedRun | undefined> {
  // capability is not reality: what was never captured starts fresh
  const resumes = resume && seen.hasSavedState;
  const { launchPatch, services } = parts.options;
  const record = await services.store.processes.claim(
    seen.id,
    LAUNCHABLE_STATES,
    ownerNow(parts),
    launchPatch(seen, resumes),
  );
  if (!record) return undefined;
  return { record, mode: resumes ? "resume" : "fresh", ...(resume && !resumes && { notice: NOTHING_SAVED }) };
}

/** Starts a claimed run; its result is watched before its body can publish one. */
export function startClaimed(parts: ProcessParts, start: RunStart): Launch {
  const { results, toResult = (_record, value) => value } = parts.options;
  results.begin(keyOf(start.record));
  const result = results.wait(keyOf(start.record)).then((value) => toResult(start.record, value));
  // a run that nobody waits for may end without a result
  result.catch(() => undefined);
  return { run: parts.start(start), result };
}

/** @throws `not-launchable` when no program of this engine defines the task, and what reading its configuration throws. */
async function taskFor({ options }: ProcessParts, record: ProcessRecord): Promise<TaskDefinition> {
  const task = await options.taskOf(record);
  if (!task) throw new OptioError("not-launchable", `no program of this server defines the task '${record.id}'`);
  return task;
}

function notLaunchable(record: ProcessRecord): OptioError {
  return new OptioError(
    "not-launchable",
    `process '${record.id}' is ${record.state}; it can be launched from ${LAUNCHABLE_STATES.join(", ")}`,
  );
}
