import type { SessionPhase, SessionView } from "@optio/contract";
import { END_STATES, stateIn } from "@optio/contract";
import type { ThreadState } from "../thread/reduce-thread.ts";
import { pendingDecisions } from "./pending-decisions.ts";

/** Where the session stands: the server's word, overruled by events that are newer than its body. */
export function derivePhase(session: SessionView, thread: ThreadState): SessionPhase {
  if (session.phase === "ended" || session.state === "idle" || stateIn(session.state, END_STATES)) return "ended";
  if (
    thread.lastSeq <= session.headSeq &&
    session.phase !== "busy" &&
    session.phase !== "waiting" &&
    session.phase !== "idle"
  )
    return session.phase;
  if (loginKinds(session, thread).length > 0) return "login";
  if (pendingDecisions(session, thread).length > 0) return "waiting";
  if (thread.activeTurn) return "busy";
  return session.phase === "busy" || session.phase === "waiting" ? "idle" : session.phase;
}

/** Logins that the session waits for; empty when it waits for none. */
export function loginKinds(
  session: SessionView,
  thread: ThreadState,
): readonly SessionView["login"]["kinds"][number][] {
  if (thread.loginKinds === null) return [];
  if (session.login.required) return session.login.kinds;
  return thread.loginKinds !== undefined && thread.lastSeq > session.headSeq ? thread.loginKinds : [];
}
