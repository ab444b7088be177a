import { OptioError } from "@optio/contract";
import { cancelChildren, cancelReason, deliverCancel } from "./cancel.ts";
import { outcomeOf, refuseChild } from "./child-outcome.ts";
import type { ChildOptions, ChildOutcome, ChildTask, ResultHandle } from "./children.ts";
import type { Launch } from "./launch.ts";
import type { LiveRun } from "./live-run.ts";
import { runGroup } from "./parallel-group.ts";
import type { ProcessParts } from "./process-options.ts";
import { refusesChildren, startChild } from "./start-child.ts";
import type { ProcessContext } from "./task.ts";
import { watchChildren } from "./watch-children.ts";

/** What a context does with children. */
export type ChildVerbs = Pick<ProcessContext, "runChild" | "runChildForResult" | "parallel">;

/** The child verbs of a run. */
export function createChildVerbs(parts: ProcessParts, parent: LiveRun): ChildVerbs {
  return {
    runChild: (task, options = {}) => runChild(parts, parent, task, options),
    runChildForResult: <T extends object>(
      task: ChildTask,
      options: ChildOptions & { readonly timeoutMs?: number } = {},
    ) => runChildForResult<T>(parts, parent, task, options),
    parallel: (body, options = {}) => runGroup(parts, parent, body, options),
  };
}

async function runChild(
  parts: ProcessParts,
  parent: LiveRun,
  task: ChildTask,
  options: ChildOptions,
): Promise<ChildOutcome> {
  if (refusesChildren(parent)) return refuseChild(parts, parent, task);
  await using watch = watchChildren(parts, options.onProgress);
  const launch = await startChild(parts, parent, task, options);
  watch.add(launch.run);
  const outcome = await outcomeOf(launch.run);
  await watch.flush();
  await breach(parts, parent, launch.run, outcome, options);
  return outcome;
}

async function runChildForResult<T extends object>(
  parts: ProcessParts,
  parent: LiveRun,
  task: ChildTask,
  { timeoutMs, ...options }: ChildOptions & { readonly timeoutMs?: number },
): Promise<ResultHandle<T>> {
  if (refusesChildren(parent)) throw (await refuseChild(parts, parent, task)).error;
  const watch = watchChildren(parts, options.onProgress);
  const launch = await startChild(parts, parent, task, options).catch(async (error: unknown) => {
    await watch[Symbol.asyncDispose]();
    throw error;
  });
  watch.add(launch.run);
  const ended = goOn(parts, parent, launch, options).finally(() => watch[Symbol.asyncDispose]());
  ended.catch(() => undefined);
  const result = await resultInTime(parts, launch, timeoutMs).catch(async (error: unknown) => {
    if (error instanceof OptioError && error.code === "result-not-published") await ended;
    throw error;
  });
  // what was published is what the caller's own program put there
  return { id: launch.run.id, result: result as T, outcome: () => ended };
}

/** The end of a child that was started for its result: a breach counts when it happens. */
async function goOn(
  parts: ProcessParts,
  parent: LiveRun,
  launch: Launch,
  options: ChildOptions,
): Promise<ChildOutcome> {
  const outcome = await outcomeOf(launch.run);
  await breach(parts, parent, launch.run, outcome, options);
  return outcome;
}

/** @throws `timeout`; the child goes on then. */
async function resultInTime(
  { options }: ProcessParts,
  { run, result }: Launch,
  timeoutMs: number | undefined,
): Promise<object> {
  if (timeoutMs === undefined) return result;
  const over = new AbortController();
  const timeout = options.services.clock.sleep(timeoutMs, over.signal).then(() => {
    throw new OptioError("timeout", `'${run.id}' published no result within ${timeoutMs} ms`);
  });
  timeout.catch(() => undefined);
  return Promise.race([result, timeout]).finally(() => over.abort());
}

/**
 * What a child's end does to its parent. A failure cancels the siblings before the exception resumes the parent, whose own signal
 * stays as it is; a cancel cancels the parent.
 * @throws `child-failed`.
 */
async function breach(
  parts: ProcessParts,
  parent: LiveRun,
  child: LiveRun,
  outcome: ChildOutcome,
  { surviveFailure = false, surviveCancel = false }: ChildOptions,
): Promise<void> {
  // what the end of the parent's body did to its children is no news to it
  if (parent.isClosing || parent.isFenced) return;
  if (outcome.state === "failed" && !surviveFailure) {
    const reason = cancelReason(parent.id, `cancels its children because '${child.id}' failed`);
    await cancelChildren(parts, parent, { reason, except: child, isForSibling: true });
    throw outcome.error;
  }
  if (outcome.state === "cancelled" && !surviveCancel && !child.cancel?.isForSibling) {
    await deliverCancel(parts, parent, {
      reason: cancelReason(parent.id, `was cancelled with its child '${child.id}'`),
    });
  }
}
