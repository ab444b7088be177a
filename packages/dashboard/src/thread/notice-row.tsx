import { ChevronRight, CircleAlert, Info, TriangleAlert } from "lucide-react";
import { formatClock } from "../ui/format.ts";
import { Payload } from "../ui/payload.tsx";
import type { NoticeEntry } from "./reduce-thread.ts";
import { useFold } from "./use-fold.ts";

/** A quiet line of the session itself. */
export function NoticeRow({ entry }: { entry: NoticeEntry }) {
  if (entry.tone === "divider") return <Divider entry={entry} />;
  const color = entry.tone === "error" ? "text-bad" : "text-muted";
  const Icon = entry.tone === "error" ? CircleAlert : entry.tone === "warning" ? TriangleAlert : Info;
  return (
    <div data-testid="notice" data-tone={entry.tone} className={`text-sm ${color}`}>
      <p className="flex items-start gap-2">
        <Icon size={14} aria-hidden="true" className="mt-1 shrink-0" />
        <span className="sr-only">{entry.tone === "quiet" ? "" : `${entry.tone}: `}</span>
        <span className="min-w-0 break-words whitespace-pre-wrap">{entry.text}</span>
      </p>
      {entry.payload !== undefined && <Details entry={entry} />}
    </div>
  );
}

function Divider({ entry }: { entry: NoticeEntry }) {
  return (
    <div className="flex items-center gap-2 py-1 text-xs text-muted" data-testid="notice" data-tone="divider">
      <span className="h-px min-w-4 flex-1 bg-line" />
      <span>
        {entry.text} · {formatClock(entry.at)}
      </span>
      <span className="h-px min-w-4 flex-1 bg-line" />
    </div>
  );
}

function Details({ entry }: { entry: NoticeEntry }) {
  const [isOpen, toggle] = useFold(entry.key);
  return (
    <div className="pl-6">
      <button type="button" aria-expanded={isOpen} onClick={toggle} className="flex items-center gap-1 hover:text-text">
        <ChevronRight size={14} aria-hidden="true" className={isOpen ? "rotate-90" : ""} /> Details
      </button>
      {isOpen && <Payload value={entry.payload} />}
    </div>
  );
}
