import type { Decision, SessionView } from "@optio/contract";
import type { ThreadState } from "../thread/reduce-thread.ts";

/** Decisions that wait, oldest first: the events' word, and of the session's body what lies before the loaded events. */
export function pendingDecisions(session: SessionView, thread: ThreadState): Decision[] {
  const older = session.decisions.filter(
    (decision) => decision.state === "pending" && !thread.places.has(`decision:${decision.id}`),
  );
  return [...older, ...thread.pending.values()];
}
