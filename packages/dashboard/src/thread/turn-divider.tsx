import { formatClock, formatDuration, formatTokens, plural } from "../ui/format.ts";
import type { TurnEntry } from "./reduce-thread.ts";

const WORDS = { completed: "Turn completed", interrupted: "Turn interrupted", failed: "Turn failed" } as const;

/** The line under a turn: how it ended, how long it took, what it used. */
export function TurnDivider({ entry }: { entry: TurnEntry }) {
  const isBad = entry.status !== "completed";
  const facts = [
    entry.startedAt && formatDuration(Date.parse(entry.at) - Date.parse(entry.startedAt)),
    entry.tokens ? `${formatTokens(entry.tokens)} tokens` : undefined,
    entry.diff && `${plural(entry.diff.files, "file")} +${entry.diff.added} −${entry.diff.removed}`,
    formatClock(entry.at),
  ].filter(Boolean);
  return (
    <div data-testid="turn-divider" data-status={entry.status} className="pb-2">
      {entry.error && (
        <p role="note" className="mb-2 rounded bg-bad-soft px-3 py-2 text-sm break-words text-bad">
          {entry.error.message}
        </p>
      )}
      <div className="flex items-center gap-2 text-xs text-muted">
        <span className={`shrink-0 ${isBad ? "font-medium text-bad" : ""}`}>{WORDS[entry.status]}</span>
        <span className="truncate">{facts.join(" · ")}</span>
        <span className="h-px min-w-4 flex-1 bg-line" />
      </div>
    </div>
  );
}
