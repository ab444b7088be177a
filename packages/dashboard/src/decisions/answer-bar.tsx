import type { Decision, DecisionAnswer } from "@optio/contract";
import { Button } from "../ui/button.tsx";
import { ANSWERS } from "./decision-words.ts";

interface AnswerBarProps {
  readonly decision: Decision;
  /** The answer on its way, or `sent` once the server took it. */
  readonly sending: DecisionAnswer | "sent" | undefined;
  /** Why the reader may not answer. */
  readonly refusal: string | undefined;
  readonly reason: string;
  readonly onReason: (reason: string) => void;
  readonly onAnswer: (answer: DecisionAnswer) => void;
}

/** The offered answers as buttons, and the reason that goes with a decline. */
export function AnswerBar({ decision, sending, refusal, reason, onReason, onAnswer }: AnswerBarProps) {
  const offered = ANSWERS.filter((words) => decision.options.includes(words.answer));
  const isBlocked = sending !== undefined || refusal !== undefined;
  return (
    <div className="mt-3">
      <div className="flex flex-wrap gap-2 max-sm:grid max-sm:grid-cols-2">
        {offered.map(({ answer, label, key }) => (
          <Button
            key={answer}
            look={answer === "accept" ? "attention" : answer === "cancel" ? "danger" : "plain"}
            hotkey={key}
            disabled={isBlocked}
            className="max-sm:last:odd:col-span-2"
            onClick={() => onAnswer(answer)}
          >
            {sending === answer ? "Sending…" : label}
          </Button>
        ))}
      </div>
      {decision.options.includes("accept_prefix") && decision.request.prefix && (
        <p className="mt-2 text-xs wrap-anywhere text-muted">
          “Accept prefix” runs every command that starts with{" "}
          <code className="rounded border border-line bg-surface px-1 text-code">
            {decision.request.prefix.join(" ")}
          </code>{" "}
          without asking again.
        </p>
      )}
      {decision.options.includes("decline") && !isBlocked && (
        <input
          type="text"
          aria-label="Reason for declining (optional)"
          placeholder="Reason (optional); Enter declines with it"
          className="mt-2 h-8 w-full rounded border border-line bg-surface px-2 text-sm placeholder:text-muted pointer-coarse:h-11"
          value={reason}
          maxLength={10_000}
          onChange={(event) => onReason(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && !event.nativeEvent.isComposing && reason.trim() !== "") onAnswer("decline");
          }}
        />
      )}
      {sending === "sent" && (
        <p role="status" className="mt-2 text-sm text-muted">
          Answer sent.
        </p>
      )}
      {refusal && <p className="mt-2 text-sm text-muted">{refusal}</p>}
    </div>
  );
}
