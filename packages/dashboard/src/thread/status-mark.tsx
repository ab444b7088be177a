import { Ban, Check, CircleSlash, Hand, LoaderCircle, X } from "lucide-react";
import { formatDuration } from "../ui/format.ts";
import { useNow } from "../ui/use-now.ts";
import type { ToolStatus } from "./tool-line.ts";

interface StatusMarkProps {
  readonly status: ToolStatus;
  readonly exitCode: number | undefined;
  readonly durationMs: number | undefined;
  readonly startedAt: string | undefined;
}

/** How a tool call ended, in a glyph and words, and how long it took. */
export function StatusMark({ status, exitCode, durationMs, startedAt }: StatusMarkProps) {
  return (
    <span className="flex shrink-0 items-center gap-2 text-xs text-muted">
      {status === "inProgress" ? (
        <Running startedAt={startedAt} />
      ) : (
        durationMs !== undefined && formatDuration(durationMs)
      )}
      <Mark status={status} exitCode={exitCode} />
    </span>
  );
}

function Running({ startedAt }: { startedAt: string | undefined }) {
  const now = useNow(startedAt !== undefined);
  if (startedAt === undefined) return null;
  const elapsed = now - Date.parse(startedAt);
  return elapsed < 1000 ? null : <span>{formatDuration(Math.floor(elapsed / 1000) * 1000)}</span>;
}

function Mark({ status, exitCode }: Pick<StatusMarkProps, "status" | "exitCode">) {
  const icon = { size: 14, "aria-hidden": true } as const;
  if (status === "inProgress")
    return (
      <span className="flex items-center gap-1 text-action">
        <LoaderCircle {...icon} className="animate-spin" /> running
      </span>
    );
  if (status === "waiting")
    return (
      <span className="flex items-center gap-1 text-attention">
        <Hand {...icon} /> needs you
      </span>
    );
  if (status === "declined")
    return (
      <span className="flex items-center gap-1 text-bad">
        <Ban {...icon} /> declined
      </span>
    );
  if (status === "interrupted")
    return (
      <span className="flex items-center gap-1 text-bad">
        <CircleSlash {...icon} /> interrupted
      </span>
    );
  if (status === "failed" || (exitCode !== undefined && exitCode !== 0))
    return (
      <span className="flex items-center gap-1 text-bad">
        <X {...icon} /> {exitCode === undefined ? "failed" : `exit ${exitCode}`}
      </span>
    );
  return (
    <span className="flex items-center gap-1 text-good">
      <Check {...icon} /> <span className="sr-only">ok</span>
    </span>
  );
}
