import { ArrowDown, LoaderCircle } from "lucide-react";
import type { ReactNode } from "react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { VirtuosoHandle } from "react-virtuoso";
import { Virtuoso } from "react-virtuoso";
import type { ThreadState } from "./reduce-thread.ts";
import { firstSeq } from "./reduce-thread.ts";
import { LiveContext, ThreadContext } from "./thread-context.ts";
import type { Row } from "./to-rows.ts";
import { countBefore, toRows } from "./to-rows.ts";
import { TranscriptRow } from "./transcript-row.tsx";
import { TurnHeader } from "./turn-header.tsx";
import { turnStarts } from "./turn-starts.ts";
import type { StickyEnd } from "./use-sticky-end.ts";
import { useStickyEnd } from "./use-sticky-end.ts";

/** Far above any number of rows: older pages count the first index down from it. */
const FIRST_INDEX = 10_000_000;

interface TranscriptProps {
  readonly thread: ThreadState;
  readonly workspace: string | null;
  readonly hasOlder: boolean;
  readonly loadOlder: () => void;
  /** What stands below the newest row: messages on their way. */
  readonly footer: ReactNode;
  readonly isFooterEmpty: boolean;
}

/** The virtualised transcript; sticks to its end until the reader scrolls up. */
export function Transcript({ thread, workspace, hasOlder, loadOlder, footer, isFooterEmpty }: TranscriptProps) {
  const list = useRef<VirtuosoHandle>(null);
  const end = useStickyEnd();
  const [anchorSeq] = useState(() => firstSeq(thread) ?? 1);
  const rows = useMemo(() => toRows(thread.entries), [thread.entries]);
  const starts = useMemo(() => turnStarts(rows), [rows]);
  const firstIndex = FIRST_INDEX - countBefore(rows, anchorSeq);
  const hasNew = useFollowing(end, thread, footer);
  const topRow = end.topRow === undefined ? -1 : end.topRow - firstIndex;
  const turnStart = starts[topRow] ?? -1;
  const turnRow = turnStart < topRow ? rows[turnStart] : undefined;
  return (
    <ThreadContext value={useThreadValue(thread, workspace)}>
      <LiveContext value={thread.live}>
        <div className="relative min-h-0 flex-1 has-[[data-virtuoso-scroller]:focus-visible]:outline-2 has-[[data-virtuoso-scroller]:focus-visible]:-outline-offset-2 has-[[data-virtuoso-scroller]:focus-visible]:outline-action">
          {rows.length === 0 && isFooterEmpty && <Empty />}
          <Virtuoso<Row, ListContext>
            ref={list}
            scrollerRef={end.scrollerRef}
            className="h-full"
            data={rows}
            context={{ hasOlder, footer }}
            components={PARTS}
            firstItemIndex={firstIndex}
            initialTopMostItemIndex={{ index: "LAST", align: "end" }}
            computeItemKey={(_, row) => row.key}
            itemContent={(_, row) => <TranscriptRow row={row} />}
            startReached={() => hasOlder && loadOlder()}
            totalListHeightChanged={end.follow}
            increaseViewportBy={600}
            role="log"
            aria-label="Transcript"
            aria-live="off"
          />
          {turnRow && (
            <TurnHeader
              row={turnRow}
              onClick={() => {
                end.leave();
                list.current?.scrollToIndex({ index: turnStart, align: "start" });
              }}
            />
          )}
          {!end.isStuck && <ToBottom hasNew={hasNew} onClick={end.goToEnd} />}
        </div>
      </LiveContext>
    </ThreadContext>
  );
}

/** Keeps the end in view while the reader is there; answers whether something came in since the reader left it. */
function useFollowing({ isStuck, follow }: StickyEnd, thread: ThreadState, footer: ReactNode): boolean {
  const [seenSeq, setSeenSeq] = useState(thread.lastSeq);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a footer that grows is followed like a row that grows
  useEffect(() => {
    if (!isStuck) return;
    setSeenSeq(thread.lastSeq);
    follow();
  }, [isStuck, follow, thread, footer]);
  return thread.lastSeq > seenSeq;
}

function useThreadValue({ activeTurn, pending }: ThreadState, workspace: string | null) {
  const [folds] = useState(() => new Map<string, boolean>());
  return useMemo(
    () => ({
      folds,
      workspace,
      activeTurnId: activeTurn?.turnId,
      waitingItems: new Set([...pending.values()].map((decision) => decision.request.itemId ?? "")),
    }),
    [folds, workspace, activeTurn, pending],
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

function Empty() {
  return (
    <p className="measure absolute inset-x-0 bottom-6 text-center text-sm text-muted">
      Nothing was said yet in this session.
    </p>
  );
}

interface ListContext {
  readonly hasOlder: boolean;
  readonly footer: ReactNode;
}

const PARTS = { Header, Footer };

function Header({ context }: { context?: ListContext }) {
  if (!context?.hasOlder) return <div className="h-4" />;
  return (
    <p className="flex items-center justify-center gap-2 py-3 text-sm text-muted">
      <LoaderCircle size={14} aria-hidden="true" className="animate-spin" /> Loading earlier turns
    </p>
  );
}

function Footer({ context }: { context?: ListContext }) {
  return <div className="measure pb-4">{context?.footer}</div>;
}
