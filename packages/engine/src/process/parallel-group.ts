import { OptioError, toOptioError } from "@optio/contract";
import { cancelChildren, cancelReason, deliverCancel } from "./cancel.ts";
import { childFailed, outcomeOf, refuseChild } from "./child-outcome.ts";
import type { ChildOutcome, ChildTask, ParallelGroup, ParallelOptions } from "./children.ts";
import type { LiveRun } from "./live-run.ts";
import type { ProcessParts } from "./process-options.ts";
import { Slots } from "./slots.ts";
import { childIdOf, refusesChildren, startChild } from "./start-child.ts";
import type { ChildWatch } from "./watch-children.ts";
import { watchChildren } from "./watch-children.ts";

/** Most children of a group at once. */
const CONCURRENCY = 10;
/** Most children whose fate the error's message tells. */
const MAX_TOLD = 5;

/**
 * Runs children side by side. Resolves with their outcomes in the order of their ends, once all have ended, also when the body threw.
 * @throws `group-failed` when a child did not end done and that is not survived, its errors in the `AggregateError` that is its
 * cause; else what the body threw; `invalid` for a bad concurrency.
 */
export async function runGroup(
  parts: ProcessParts,
  parent: LiveRun,
  body: (group: ParallelGroup) => Promise<void>,
  options: ParallelOptions,
): Promise<readonly ChildOutcome[]> {
  await using watch = watchChildren(parts, options.onProgress);
  const group = new Group(parts, parent, options, watch);
  let thrown: { readonly error: unknown } | undefined;
  try {
    await body(group);
  } catch (error) {
    thrown = { error };
  }
  await group.leave();
  await watch.flush();
  await group.judge(thrown);
  return group.outcomes;
}

class Group implements ParallelGroup {
  readonly outcomes: ChildOutcome[] = [];
  readonly #parts: ProcessParts;
  readonly #parent: LiveRun;
  readonly #options: ParallelOptions;
  readonly #watch: ChildWatch;
  readonly #slots: Slots;
  readonly #members = new Set<LiveRun>();
  readonly #pending = new Set<Promise<void>>();
  #isBreached = false;
  #isLeft = false;

  constructor(parts: ProcessParts, parent: LiveRun, options: ParallelOptions, watch: ChildWatch) {
    this.#parts = parts;
    this.#parent = parent;
    this.#options = options;
    this.#watch = watch;
    this.#slots = new Slots(options.concurrency ?? CONCURRENCY);
  }

  async spawn(task: ChildTask): Promise<void> {
    if (this.#isLeft) throw new OptioError("contradiction", `the group is over; it starts no child '${task.id}'`);
    const started = Promise.withResolvers<void>();
    const work = this.#run(task, started.resolve).finally(() => {
      started.resolve();
      this.#pending.delete(work);
    });
    this.#pending.add(work);
    await started.promise;
  }

  /** Waits for every child, and for those that wait for a place. */
  async leave(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
    this.#isLeft = true;
  }

  /** Throws what the group means for its parent; a failure weighs more than a cancel, which cancels the parent. */
  async judge(thrown: { readonly error: unknown } | undefined): Promise<void> {
    const breaches = this.outcomes.filter((outcome) => this.#isBreach(outcome));
    if (breaches.length === 0) {
      if (thrown) throw thrown.error;
      return;
    }
    const onlyCancelled = breaches.every(({ state }) => state === "cancelled");
    const parent = this.#parent;
    if (onlyCancelled && !parent.isClosing && !parent.isFenced) {
      const ids = breaches.map(({ id }) => id).join(", ");
      await deliverCancel(this.#parts, parent, {
        reason: cancelReason(parent.id, `was cancelled with its children ${ids}`),
      });
    }
    throw groupFailed(this.outcomes, { thrown, onlyCancelled });
  }

  /** A child from its place in the group to its end. Never rejects. */
  async #run(task: ChildTask, onStarted: () => void): Promise<void> {
    using _ = await this.#slots.take();
    const outcome = await this.#outcomeOf(task, onStarted);
    this.outcomes.push(outcome);
    if (this.#isBreach(outcome)) await this.#cancelMembers(outcome);
  }

  async #outcomeOf(task: ChildTask, onStarted: () => void): Promise<ChildOutcome> {
    if (this.#isBreached || refusesChildren(this.#parent)) return refuseChild(this.#parts, this.#parent, task);
    try {
      const { run } = await startChild(this.#parts, this.#parent, task);
      this.#members.add(run);
      this.#watch.add(run);
      // a sibling may have ended badly while this one started
      if (this.#isBreached) await this.#cancelMembers();
      onStarted();
      return await outcomeOf(run).finally(() => this.#members.delete(run));
    } catch (error) {
      const id = childIdOf(this.#parent, task);
      return { id, name: task.name, state: "failed", error: childFailed(id, task.name, toOptioError(error)) };
    }
  }

  #isBreach({ state }: ChildOutcome): boolean {
    const { surviveFailure = false, surviveCancel = false } = this.#options;
    return (state === "failed" && !surviveFailure) || (state === "cancelled" && !surviveCancel);
  }

  async #cancelMembers(because?: ChildOutcome): Promise<void> {
    this.#isBreached = true;
    const why = because
      ? `'${because.id}' ${because.state === "failed" ? "failed" : "was cancelled"}`
      : "a sibling failed";
    const reason = cancelReason(this.#parent.id, `cancels the children of a group because ${why}`);
    await cancelChildren(this.#parts, this.#parent, { reason, only: this.#members });
  }
}

function groupFailed(
  outcomes: readonly ChildOutcome[],
  { thrown, onlyCancelled }: { thrown: { readonly error: unknown } | undefined; onlyCancelled: boolean },
): OptioError {
  const bad = outcomes.filter(({ state }) => state !== "done");
  const told = bad.slice(0, MAX_TOLD).map(({ error, id, state }) => error?.message ?? `'${id}' ${state}`);
  const more = bad.length > MAX_TOLD ? `; and ${bad.length - MAX_TOLD} more` : "";
  const message = `${bad.length} of ${outcomes.length} children did not end done: ${told.join("; ")}${more}`;
  const errors = [...bad.map(({ error }) => error), ...(thrown ? [thrown.error] : [])];
  return new OptioError("group-failed", message, {
    cause: new AggregateError(errors, message),
    data: { children: bad.map(({ id, name, state }) => ({ id, name, state })), onlyCancelled },
  });
}
