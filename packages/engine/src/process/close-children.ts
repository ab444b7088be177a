import { cancelChildren, cancelReason } from "./cancel.ts";
import type { LiveRun } from "./live-run.ts";
import type { ProcessParts } from "./process-options.ts";

/**
 * Called when a run's body is over: no child outlives its parent. Those that still run are cancelled, by the deadline of the run
 * when it has one. Resolves when none is left.
 */
export async function closeChildren(parts: ProcessParts, run: LiveRun): Promise<void> {
  while (run.startingChildren.size > 0 || run.children.size > 0) {
    await Promise.allSettled([...run.startingChildren]);
    const children = [...run.children.values()];
    const deadline = run.cancel && { deadlineMs: run.cancel.deadlineMs };
    await cancelChildren(parts, run, { reason: cancelReason(run.id, "ended, and no child outlives it"), ...deadline });
    await Promise.all(children.map((child) => child.ended));
  }
}
