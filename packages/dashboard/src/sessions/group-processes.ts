import type { ProcessSummary } from "@optio/contract";
import { ACTIVE_STATES, stateIn } from "@optio/contract";

/** The list as the home page shows it, newest first in each group. */
export interface ProcessGroups {
  /** Pending decisions, login required, failures. */
  readonly needsYou: readonly ProcessSummary[];
  readonly running: readonly ProcessSummary[];
  readonly done: readonly ProcessSummary[];
}

/** True when a process waits for a person. */
export function needsPerson({ state, session }: ProcessSummary): boolean {
  if (state === "failed") return true;
  if (!stateIn(state, ACTIVE_STATES) || !session) return false;
  return session.pendingDecisions > 0 || session.phase === "waiting" || session.phase === "login";
}

/** Sorts processes into what needs a person, what runs, and the rest. */
export function groupProcesses(processes: Iterable<ProcessSummary>): ProcessGroups {
  const sorted = [...processes].sort((a, b) => moment(b) - moment(a) || a.id.localeCompare(b.id));
  const needsYou = sorted.filter(needsPerson);
  const others = sorted.filter((process) => !needsPerson(process));
  return {
    needsYou: [...needsYou.filter((p) => p.state !== "failed"), ...needsYou.filter((p) => p.state === "failed")],
    running: others.filter((process) => stateIn(process.state, ACTIVE_STATES)),
    done: others.filter((process) => !stateIn(process.state, ACTIVE_STATES)),
  };
}

function moment({ endedAt, startedAt, createdAt }: ProcessSummary): number {
  return Date.parse(endedAt ?? startedAt ?? createdAt);
}
