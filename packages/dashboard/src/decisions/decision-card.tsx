import type { Decision, DecisionAnswer } from "@optio/contract";
import { Hand } from "lucide-react";
import type { ReactNode } from "react";
import { useEffect, useId, useRef, useState } from "react";
import { useMayAct } from "../api/use-queries.ts";
import { FileChanges } from "../ui/diff/file-changes.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { formatClock } from "../ui/format.ts";
import { isTyping } from "../ui/is-typing.ts";
import { shortCommand } from "../ui/short-command.ts";
import { AnswerBar } from "./answer-bar.tsx";
import { answerForKey, answerWord, decisionTitle } from "./decision-words.ts";
import { useAnswer } from "./use-answer.ts";

interface DecisionCardProps {
  readonly decision: Decision;
  /** Keys work anywhere on the page, not only inside the card. */
  readonly hasPageKeys?: boolean;
  /** Beside the title: which session asks, or how many more wait. */
  readonly aside?: ReactNode;
}

/** A pending decision to act on. */
export function DecisionCard({ decision, hasPageKeys = false, aside }: DecisionCardProps) {
  const titleId = useId();
  const card = useRef<HTMLElement>(null);
  const [reason, setReason] = useState("");
  const mayAct = useMayAct();
  const answer = useAnswer(decision);
  const isOver = answer.isPending || answer.isSuccess;
  const give = (given: DecisionAnswer) => {
    if (isOver || !mayAct) return;
    answer.mutate({ answer: given, ...(given === "decline" ? { reason } : {}) });
  };
  useKeys(card, hasPageKeys, (event) => {
    const given = answerForKey(event.key, decision.options);
    if (!given) return;
    event.preventDefault();
    give(given);
  });
  return (
    <section
      ref={card}
      data-testid="decision-card"
      data-decision={decision.id}
      data-nav=""
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the card takes answer keys while it has the focus
      tabIndex={0}
      aria-labelledby={titleId}
      className="rounded border border-attention-line bg-attention-soft p-3"
    >
      <header className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <Hand size={16} aria-hidden="true" className="shrink-0 text-attention" />
        <h3 id={titleId} className="font-semibold text-attention">
          {decisionTitle(decision)}
        </h3>
        <span className="ml-auto flex min-w-0 items-center gap-2 text-xs text-muted">
          {aside}
          <time dateTime={decision.requestedAt}>{formatClock(decision.requestedAt)}</time>
        </span>
      </header>
      <RequestBody decision={decision} />
      {answer.isError && <ErrorNote error={answer.error} className="mt-2" />}
      {answer.data?.late ? (
        <LateNote decision={answer.data.late} />
      ) : (
        <AnswerBar
          decision={decision}
          sending={answer.isPending ? answer.variables.answer : answer.isSuccess ? "sent" : undefined}
          refusal={mayAct ? undefined : "Your token may look, not answer. Log in with an operator's token to decide."}
          reason={reason}
          onReason={setReason}
          onAnswer={give}
        />
      )}
    </section>
  );
}

function RequestBody({ decision: { request } }: { decision: Decision }) {
  return (
    <div className="mt-2 flex flex-col gap-2">
      {request.reason && <p className="text-sm wrap-anywhere">{request.reason}</p>}
      {request.command && (
        <pre
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
          className="max-h-60 overflow-auto rounded border border-line bg-surface px-3 py-2 text-code wrap-anywhere whitespace-pre-wrap"
        >
          {shortCommand(request.command)}
        </pre>
      )}
      {request.cwd && <p className="font-mono text-xs break-all text-muted">in {request.cwd}</p>}
      {request.grantRoot && (
        <p className="text-sm">
          Also asks to write below <code className="text-code break-all">{request.grantRoot}</code>
        </p>
      )}
      {request.changes && request.changes.length > 0 && (
        <div className="max-h-96 overflow-auto">
          <FileChanges
            directory={request.cwd}
            changes={request.changes.map(({ path, diff, kind }) => ({ path, diff, ...typeOf(kind) }))}
          />
        </div>
      )}
    </div>
  );
}

function typeOf(kind: unknown): { type?: string } {
  const type = typeof kind === "object" && kind !== null && "type" in kind ? kind.type : kind;
  return typeof type === "string" ? { type } : {};
}

function LateNote({ decision }: { decision: Decision }) {
  const what = decision.state === "withdrawn" ? "Withdrawn" : answerWord(decision.resolution?.decision);
  return (
    <p role="status" className="mt-2 text-sm">
      {what} already by {decision.resolvedBy ?? "somebody else"}
      {decision.resolvedAt && ` at ${formatClock(decision.resolvedAt)}`}. Your answer was not used.
    </p>
  );
}

function useKeys(
  card: React.RefObject<HTMLElement | null>,
  hasPageKeys: boolean,
  onKey: (event: KeyboardEvent) => void,
) {
  const handler = useRef(onKey);
  useEffect(() => {
    handler.current = onKey;
  });
  useEffect(() => {
    const target: HTMLElement | Document | null = hasPageKeys ? document : card.current;
    const listen = (event: Event) => {
      if (!(event instanceof KeyboardEvent) || event.repeat || event.defaultPrevented || isTyping(event)) return;
      handler.current(event);
    };
    target?.addEventListener("keydown", listen);
    return () => target?.removeEventListener("keydown", listen);
  }, [card, hasPageKeys]);
}
