import type { ChildProgress, ProcessContext } from "../task.ts";
import type { Aggregate } from "./aggregate.ts";

/**
 * An `onProgress` that reports the percent of children as their parent's. It knows the children of every call that it is given to, by
 * the order of their start: one for each group, or one for a sequence of `runChild` calls.
 */
export function reportChildren(
  ctx: Pick<ProcessContext, "reportProgress">,
  aggregate: Aggregate,
): (children: readonly ChildProgress[]) => Promise<void> {
  const known = new Map<string, ChildProgress>();
  const said: { percent?: number | null } = {};
  return async (children) => {
    for (const child of children) known.set(child.id, child);
    const percent = aggregate([...known.values()]);
    if (percent === said.percent) return;
    said.percent = percent;
    await ctx.reportProgress(percent);
  };
}
