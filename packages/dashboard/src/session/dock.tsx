import type { ProcessSummary, QueuedMessage, Role, SessionPhase, SessionView } from "@optio/contract";
import { useEffect } from "react";
import { DecisionCard } from "../decisions/decision-card.tsx";
import type { ThreadState } from "../thread/reduce-thread.ts";
import { isTyping } from "../ui/is-typing.ts";
import { Composer } from "./composer.tsx";
import { loginKinds } from "./derive-phase.ts";
import { EndedBar } from "./ended-bar.tsx";
import { LoginCard } from "./login-card.tsx";
import { pendingDecisions } from "./pending-decisions.ts";
import { PlanStrip } from "./plan-strip.tsx";
import { QueueChips } from "./queue-chips.tsx";
import type { Outbox } from "./use-outbox.ts";

interface DockProps {
  readonly session: SessionView;
  readonly process: ProcessSummary | undefined;
  readonly phase: SessionPhase;
  readonly thread: ThreadState;
  readonly queue: readonly QueuedMessage[];
  readonly outbox: Outbox;
  readonly mayAct: boolean;
  readonly role: Role | undefined;
  readonly onInterrupt: () => void;
  readonly isInterrupting: boolean;
}

/** What stands below the transcript: decisions, login, plan, queue, and the composer or the outcome. */
export function Dock(props: DockProps) {
  const { session, process, phase, thread, queue, outbox, mayAct, onInterrupt } = props;
  const kinds = loginKinds(session, thread);
  const decisions = pendingDecisions(session, thread);
  const [decision] = decisions;
  const isBusy = thread.activeTurn !== null && phase !== "ended";
  useInterruptKey(isBusy && mayAct && !decision, onInterrupt);
  if (phase === "ended") return <EndedBar session={session} process={process} mayAct={mayAct} />;
  return (
    <>
      {decision && (
        <div className="mb-2">
          <DecisionCard
            key={decision.id}
            decision={decision}
            hasPageKeys
            aside={decisions.length > 1 && <span>1 of {decisions.length}</span>}
          />
        </div>
      )}
      {kinds.length > 0 && <LoginCard sessionId={session.id} kinds={kinds} mayAct={mayAct} />}
      {thread.plan && <PlanStrip steps={thread.plan.steps} />}
      <QueueChips sessionId={session.id} queue={queue} mayEdit={mayAct} />
      {mayAct ? (
        <Composer
          sessionId={session.id}
          outbox={outbox}
          isBusy={isBusy}
          hint={hintOf(phase)}
          onInterrupt={onInterrupt}
          isInterrupting={props.isInterrupting}
        />
      ) : (
        props.role && (
          <p className="rounded border border-line bg-surface px-3 py-2 text-sm text-muted">
            You are looking on: a {props.role}'s token may not write, decide or interrupt.
          </p>
        )
      )}
    </>
  );
}

function hintOf(phase: SessionPhase): string | undefined {
  if (phase === "starting") return "The session is starting; messages wait until it is ready.";
  if (phase === "login") return "Messages wait until the agent is logged in.";
  if (phase === "hibernated") return "A message wakes the session.";
  return undefined;
}

function useInterruptKey(isActive: boolean, onInterrupt: () => void): void {
  useEffect(() => {
    if (!isActive) return;
    const listen = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || event.repeat || isTyping(event)) return;
      onInterrupt();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [isActive, onInterrupt]);
}
