import { CircleAlert } from "lucide-react";
import { describeError } from "../api/describe-error.ts";

/** A failure in words: what happened and what to do. */
export function ErrorNote({ error, className = "" }: { error: unknown; className?: string }) {
  const { message, next } = describeError(error);
  return (
    <div role="alert" className={`flex gap-2 rounded bg-bad-soft px-3 py-2 text-sm text-bad ${className}`}>
      <CircleAlert size={16} className="mt-0.5 shrink-0" aria-hidden="true" />
      <p className="min-w-0 break-words">
        {message} {next && <span className="text-text">{next}</span>}
      </p>
    </div>
  );
}
