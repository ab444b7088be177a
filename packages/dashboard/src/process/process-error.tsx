import type { ProcessSummary } from "@optio/contract";
import { ERRORS, errorEntry } from "@optio/contract";
import { CircleAlert } from "lucide-react";

/** Why a run failed: what went wrong, its code, and what to do. */
export function ProcessError({ error }: { error: NonNullable<ProcessSummary["error"]> }) {
  const isKnown = ERRORS.some(({ code }) => code === error.code);
  return (
    <section
      aria-label="Why it failed"
      data-testid="process-error"
      className="flex gap-2 rounded bg-bad-soft px-3 py-2 text-sm"
    >
      <CircleAlert size={16} className="mt-0.5 shrink-0 text-bad" aria-hidden="true" />
      <div className="min-w-0">
        <p className="break-words whitespace-pre-line text-bad">{error.message}</p>
        <p className="mt-1 text-text">
          <code className="text-code">{error.code}</code>
          {isKnown && ` · ${errorEntry(error.code).next}`}
        </p>
      </div>
    </section>
  );
}
