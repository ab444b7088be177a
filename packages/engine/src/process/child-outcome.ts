import { OptioError } from "@optio/contract";
import { cancelReason } from "./cancel.ts";
import type { ChildOutcome, ChildTask } from "./children.ts";
import type { LiveRun } from "./live-run.ts";
import type { ProcessParts } from "./process-options.ts";
import { childIdOf } from "./start-child.ts";

/** How a child ended, once it has. One that went to another owner counts as failed. */
export async function outcomeOf(run: LiveRun): Promise<ChildOutcome> {
  const end = await run.ended;
  const { id } = run;
  const { name } = run.task;
  if (end.state === "done") return { id, name, state: "done", error: undefined };
  if (end.state === "failed") return { id, name, state: "failed", error: childFailed(id, name, end.error) };
  if (end.state === "cancelled") {
    return { id, name, state: "cancelled", error: cancelReason(id) };
  }
  const error = new OptioError("stale-owner", `child '${id}' went to another owner`);
  return { id, name, state: "failed", error: childFailed(id, name, error) };
}

/** A child's failure as its parent meets it: its name, its id and, as `cause`, the very error of its body. */
export function childFailed(id: string, name: string, error: OptioError | undefined): OptioError {
  // an error of the body that had no code is wrapped once: the original is what the parent's program threw
  const original = error?.code === "task-failed" && error.cause !== undefined ? error.cause : error;
  return new OptioError("child-failed", `child '${name}' (${id}) failed: ${error?.message ?? "without an error"}`, {
    cause: original,
    data: { id, name, code: error?.code ?? "task-failed" },
  });
}

/** A run that was told to end starts nothing more: no row, a line in its log. */
export async function refuseChild(parts: ProcessParts, parent: LiveRun, task: ChildTask): Promise<ChildOutcome> {
  const { store, logger } = parts.options.services;
  const id = childIdOf(parent, task);
  try {
    const message = `child '${id}' does not start: its parent is being cancelled`;
    await store.asOwner(parent.key, (tx) => tx.append({ type: "process.logged", level: "info", message }));
  } catch {
    logger.debug({ process: parent.id, child: id }, "a child of a run that is over does not start");
  }
  return { id, name: task.name, state: "cancelled", error: cancelReason(id, "was not started: its parent ends") };
}
