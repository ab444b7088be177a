import type { Decision, ProcessSummary } from "@optio/contract";
import { Link } from "@tanstack/react-router";
import { DecisionCard } from "../decisions/decision-card.tsx";

interface InboxDecisionsProps {
  readonly decisions: readonly Decision[];
  readonly processes: ReadonlyMap<string, ProcessSummary>;
}

/** Pending decisions of all sessions, to act on in place. */
export function InboxDecisions({ decisions, processes }: InboxDecisionsProps) {
  return (
    <ul className="mb-2 flex flex-col gap-2 empty:hidden">
      {decisions.map((decision) => (
        <li key={decision.id}>
          <DecisionCard
            decision={decision}
            aside={
              <Link to="/s/$id" params={{ id: decision.processId }} className="truncate text-action underline">
                {processes.get(decision.processId)?.name ?? decision.processId}
              </Link>
            }
          />
        </li>
      ))}
    </ul>
  );
}
