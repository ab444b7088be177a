import type { ProcessSummary } from "@optio/contract";
import { ACTIVE_STATES, stateIn } from "@optio/contract";
import { waitsForPerson } from "../process/tree/build-tree.ts";
import type { Family } from "./fold-families.ts";

/** The list as the home page shows it, newest first in each group. */
export interface ProcessGroups {
  /** Pending decisions, login required, failures. */
  readonly needsYou: readonly Family[];
  readonly running: readonly Family[];
  /** Never launched, or dismissed: by name. */
  readonly ready: readonly Family[];
  readonly done: readonly Family[];
}

/** True when a process, or one below it, waits for a person; a failure below is its parent's to judge. */
export function needsPerson({ head, counts }: Family): boolean {
  return head.state === "failed" || counts.waiting > 0 || waitsForPerson(head);
}

/** Sorts families into what needs a person, what runs, what can be launched, and the rest. */
export function groupProcesses(families: readonly Family[]): ProcessGroups {
  const sorted = [...families].sort(
    (a, b) => moment(b.head) - moment(a.head) || a.head.id.localeCompare(b.head.id, "en"),
  );
  const needsYou = sorted.filter(needsPerson);
  const others = sorted.filter((family) => !needsPerson(family));
  const ready = others.filter(({ head }) => head.state === "idle");
  return {
    needsYou: [
      ...needsYou.filter(({ head }) => head.state !== "failed"),
      ...needsYou.filter(({ head }) => head.state === "failed"),
    ],
    running: others.filter(({ head }) => stateIn(head.state, ACTIVE_STATES)),
    ready: ready.sort((a, b) => a.head.name.localeCompare(b.head.name)),
    done: others.filter(({ head }) => head.state !== "idle" && !stateIn(head.state, ACTIVE_STATES)),
  };
}

function moment({ endedAt, startedAt, createdAt }: ProcessSummary): number {
  return Date.parse(endedAt ?? startedAt ?? createdAt);
}
