import type { LogLine as Line, LogLevel } from "@optio/contract";
import { Braces, Check, Copy } from "lucide-react";
import { useState } from "react";
import { Payload } from "../../ui/payload.tsx";
import { splitAtHits } from "./log-query.ts";

const MAX_CHARS = 2_000;
const COPIED_MS = 1_500;

const LEVELS: Readonly<Record<LogLevel, { word: string; color: string; row: string }>> = {
  debug: { word: "debug", color: "text-muted", row: "text-muted" },
  info: { word: "info", color: "text-action", row: "" },
  warning: { word: "warn", color: "text-attention", row: "bg-attention-soft" },
  error: { word: "error", color: "text-bad", row: "bg-bad-soft" },
};

interface LogLineProps {
  readonly line: Line;
  /** The line begins another run than the one before it. */
  readonly isNewRun: boolean;
  readonly searched: string;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

/** One line of a log: when, how grave, what; its data on demand. */
export function LogLine({ line, isNewRun, searched, isOpen, onToggle }: LogLineProps) {
  const { word, color, row } = LEVELS[line.level];
  const isLong = line.message.length > MAX_CHARS;
  const message = isLong && !isOpen ? `${line.message.slice(0, MAX_CHARS)}…` : line.message;
  const hasMore = line.data !== undefined || isLong;
  return (
    <>
      {isNewRun && (
        <div className="flex items-center gap-2 px-3 pt-2 pb-1 text-xs text-muted">
          Run {line.run} <span aria-hidden="true" className="h-px flex-1 bg-line" />
        </div>
      )}
      <div
        data-testid="log-line"
        data-seq={line.seq}
        data-level={line.level}
        className={`group flex items-start gap-2 px-3 font-mono text-code hover:bg-hover max-sm:flex-wrap max-sm:gap-y-0 ${row}`}
      >
        <time dateTime={line.at} title={new Date(line.at).toLocaleString()} className="shrink-0 text-muted">
          {timeText(line.at)}
        </time>
        <span className={`w-12 shrink-0 ${color}`}>{word}</span>
        <span className="min-w-0 flex-1 break-words whitespace-pre-wrap max-sm:order-last max-sm:basis-full">
          {splitAtHits(message, searched).map((piece, index) =>
            index % 2 === 1 ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text have no other name
              <mark key={index} className="bg-action-soft text-text underline decoration-action decoration-2">
                {piece}
              </mark>
            ) : (
              piece
            ),
          )}
        </span>
        <span className="flex shrink-0 gap-1 opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100 max-sm:ml-auto">
          {hasMore && (
            <LineButton label={isOpen ? "Hide data" : "Show data"} isPressed={isOpen} onClick={onToggle}>
              <Braces size={13} />
            </LineButton>
          )}
          <CopyLine line={line} />
        </span>
      </div>
      {isOpen && line.data !== undefined && (
        <div className="px-3 py-1">
          <Payload value={line.data} />
        </div>
      )}
    </>
  );
}

function CopyLine({ line }: { line: Line }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    const data = line.data === undefined ? "" : ` ${JSON.stringify(line.data)}`;
    await navigator.clipboard.writeText(`${line.at} ${line.level} ${line.message}${data}`);
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  // without a secure connection the browser has no clipboard for us
  if (!("clipboard" in navigator)) return null;
  return (
    <LineButton label={isCopied ? "Copied" : "Copy line"} onClick={() => void copy().catch(() => undefined)}>
      {isCopied ? <Check size={13} className="text-good" /> : <Copy size={13} />}
    </LineButton>
  );
}

interface LineButtonProps {
  readonly label: string;
  readonly isPressed?: boolean;
  readonly onClick: () => void;
  readonly children: React.ReactNode;
}

function LineButton({ label, isPressed, onClick, children }: LineButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-expanded={isPressed}
      onClick={onClick}
      className="inline-flex h-5 w-6 items-center justify-center rounded text-muted hover:bg-surface hover:text-text pointer-coarse:h-6 pointer-coarse:w-8"
    >
      {children}
    </button>
  );
}

function timeText(at: string): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString(undefined, { hour12: false });
  return `${time}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
