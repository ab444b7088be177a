import { ArrowDown, LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { VirtuosoHandle } from "react-virtuoso";
import { Virtuoso } from "react-virtuoso";
import type { ThreadState } from "./reduce-thread.ts";
import { firstSeq } from "./reduce-thread.ts";
import { ThreadContext } from "./thread-context.ts";
import type { Row } from "./to-rows.ts";
import { countBefore, toRows } from "./to-rows.ts";
import { TranscriptRow } from "./transcript-row.tsx";

/** Far above any number of rows: older pages count the first index down from it. */
const FIRST_INDEX = 10_000_000;
const AT_BOTTOM_PX = 80;

interface TranscriptProps {
  readonly thread: ThreadState;
  readonly hasOlder: boolean;
  readonly loadOlder: () => void;
  /** What stands below the newest row: messages on their way. */
  readonly footer: ReactNode;
}

/** The virtualised transcript; sticks to its end until the reader scrolls up. */
export function Transcript({ thread, hasOlder, loadOlder, footer }: TranscriptProps) {
  const list = useRef<VirtuosoHandle>(null);
  const [isAtBottom, setAtBottom] = useState(true);
  const [seenSeq, setSeenSeq] = useState(thread.lastSeq);
  const [folds] = useState(() => new Map<string, boolean>());
  const [anchorSeq] = useState(() => firstSeq(thread) ?? 1);
  const rows = useMemo(() => toRows(thread.entries), [thread.entries]);
  const context = useMemo(
    () => ({ live: thread.live, activeTurnId: thread.activeTurn?.turnId, folds }),
    [thread.live, thread.activeTurn, folds],
  );
  useEffect(() => {
    if (!isAtBottom) return;
    setSeenSeq(thread.lastSeq);
    // a row that grows while it streams is no new row, so the list would not follow it
    list.current?.autoscrollToBottom();
  }, [isAtBottom, thread]);
  return (
    <ThreadContext value={context}>
      <div className="relative min-h-0 flex-1">
        <Virtuoso<Row, { hasOlder: boolean; footer: ReactNode }>
          ref={list}
          className="h-full"
          data={rows}
          context={{ hasOlder, footer }}
          components={PARTS}
          firstItemIndex={FIRST_INDEX - countBefore(rows, anchorSeq)}
          initialTopMostItemIndex={{ index: "LAST", align: "end" }}
          computeItemKey={(_, row) => row.key}
          itemContent={(_, row) => <TranscriptRow row={row} />}
          startReached={() => hasOlder && loadOlder()}
          followOutput="auto"
          atBottomThreshold={AT_BOTTOM_PX}
          atBottomStateChange={setAtBottom}
          increaseViewportBy={600}
          role="log"
          aria-label="Transcript"
          aria-live="off"
        />
        {!isAtBottom && (
          <ToBottom
            hasNew={thread.lastSeq > seenSeq}
            onClick={() => list.current?.scrollToIndex({ index: "LAST", align: "end" })}
          />
        )}
      </div>
    </ThreadContext>
  );
}

function ToBottom({ hasNew, onClick }: { hasNew: boolean; onClick: () => void }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="absolute bottom-3 left-1/2 flex min-h-8 -translate-x-1/2 items-center gap-1 rounded-full border border-line bg-surface px-3 text-sm shadow-[0_2px_8px_var(--shadow)] hover:bg-hover pointer-coarse:min-h-11"
    >
      <ArrowDown size={14} aria-hidden="true" />
      {hasNew ? "New messages" : "To the newest"}
    </button>
  );
}

const PARTS = { Header, Footer };

function Header({ context }: { context?: { hasOlder: boolean } }) {
  if (!context?.hasOlder) return <div className="h-4" />;
  return (
    <p className="flex items-center justify-center gap-2 py-3 text-sm text-muted">
      <LoaderCircle size={14} aria-hidden="true" className="animate-spin" /> Loading earlier turns
    </p>
  );
}

function Footer({ context }: { context?: { footer: ReactNode } }) {
  return <div className="measure pb-4">{context?.footer}</div>;
}
