import { OptioError } from "@optio/contract";
import type { ChildProgress } from "../task.ts";

/** Turns children, in the order of their start, into the percent of their parent; null is indeterminate. */
export type Aggregate = (children: readonly ChildProgress[]) => number | null;

/** Children one after the other: each fills one of `slots` equal parts of the bar. @throws `invalid` when slots is no whole number from 1 on. */
export function sequential(slots: number): Aggregate {
  if (!Number.isInteger(slots) || slots < 1) {
    throw new OptioError("invalid", `slots: ${slots} is not a whole number from 1 on`);
  }
  // more children than were said share the bar: it never runs over
  return (children) => sumOf(children) / Math.max(slots, children.length);
}

/** Children side by side: the mean of those that were started, 0 before the first. */
export function average(): Aggregate {
  return (children) => (children.length === 0 ? 0 : sumOf(children) / children.length);
}

/** The newest child fills the bar from `startPercent` to `endPercent`. @throws `invalid` when these are not in order within 0–100. */
export function mapped(startPercent: number, endPercent: number): Aggregate {
  if (!(startPercent >= 0 && startPercent <= endPercent && endPercent <= 100)) {
    throw new OptioError("invalid", `${startPercent} to ${endPercent} is no range within 0 to 100`);
  }
  return (children) => startPercent + ((endPercent - startPercent) * percentOf(children.at(-1))) / 100;
}

function sumOf(children: readonly ChildProgress[]): number {
  return children.reduce((sum, child) => sum + percentOf(child), 0);
}

/** Whoever has ended is through, whatever it said last; whoever cannot say has not begun. */
function percentOf(child: ChildProgress | undefined): number {
  if (!child) return 0;
  if (child.state === "done" || child.state === "failed" || child.state === "cancelled") return 100;
  return child.percent ?? 0;
}
