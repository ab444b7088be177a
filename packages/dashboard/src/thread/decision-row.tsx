import { Ban, Check, Undo2 } from "lucide-react";
import { answerWord, decisionSubject } from "../decisions/decision-words.ts";
import { formatClock } from "../ui/format.ts";
import type { DecisionEntry } from "./reduce-thread.ts";

/** A decision that is over, as a line: who answered what and when. */
export function DecisionRow({ entry }: { entry: DecisionEntry }) {
  const { decision } = entry;
  const answer = decision.resolution?.decision;
  const isRefused = answer === "decline" || answer === "cancel";
  const Icon = decision.state === "withdrawn" ? Undo2 : isRefused ? Ban : Check;
  return (
    <div data-testid="decision-row" data-state={decision.state} className="flex items-start gap-2 text-sm text-muted">
      <Icon size={14} aria-hidden="true" className="mt-1 shrink-0" />
      <p className="min-w-0 break-words">
        {outcome(entry)} <code className="text-code">{decisionSubject(decision)}</code>
        {decision.resolution?.message && <span> “{decision.resolution.message}”</span>}
      </p>
    </div>
  );
}

function outcome({ decision }: DecisionEntry): string {
  const when = decision.resolvedAt ? ` at ${formatClock(decision.resolvedAt)}` : "";
  const who = decision.resolvedBy ?? "somebody";
  if (decision.state === "withdrawn") return `Withdrawn (${who})${when}:`;
  return `${answerWord(decision.resolution?.decision)} by ${who}${when}:`;
}
