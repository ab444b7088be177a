import type { LogLine as Line } from "@optio/contract";
import { ArrowDown, LoaderCircle } from "lucide-react";
import { memo, useEffect, useRef, useState } from "react";
import { Virtuoso } from "react-virtuoso";
import { useStickyEnd } from "../../thread/use-sticky-end.ts";
import { ErrorNote } from "../../ui/error-note.tsx";
import { plural } from "../../ui/format.ts";
import { isTyping } from "../../ui/is-typing.ts";
import { LogLine } from "./log-line.tsx";
import type { LogChoice } from "./log-query.ts";
import { toLogQuery, WHOLE_LOG } from "./log-query.ts";
import { LogToolbar } from "./log-toolbar.tsx";
import type { LogState } from "./reduce-log.ts";
import { useDebounced } from "./use-debounced.ts";
import { useLog } from "./use-log.ts";

const SEARCH_DELAY_MS = 250;

interface LogPanelProps {
  readonly id: string;
  /** The newest run. */
  readonly run: number;
  /** Never launched, or dismissed. */
  readonly isIdle: boolean;
  readonly onUnauthorized: () => void;
}

/** The log of a process: its newest lines first, followed as they are written; any part of it is a scroll away. */
export const LogPanel = memo(function LogPanel({ id, run, isIdle, onUnauthorized }: LogPanelProps) {
  const [choice, setChoice] = useState<LogChoice>(WHOLE_LOG);
  const text = useDebounced(choice.text, SEARCH_DELAY_MS);
  const query = toLogQuery({ ...choice, text });
  const { store, log, isLoaded, isLoading, offlineSince, error } = useLog(id, query, onUnauthorized);
  const end = useStickyEnd();
  const isFollowing = end.isStuck && !log.hasNewer;
  const missed = useMissed(log, isFollowing);
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => store.setFollowing(isFollowing), [store, isFollowing]);
  const follow = () => {
    end.goToEnd();
    store.goToEnd();
  };
  const toggleFollow = () => (isFollowing ? end.leave() : follow());
  useLogKeys(toggleFollow, () => search.current?.focus());
  return (
    <section
      aria-label="Log"
      data-testid="log-panel"
      data-following={isFollowing}
      className="relative flex min-h-0 flex-1 flex-col overflow-hidden rounded border border-line bg-surface"
    >
      <LogToolbar
        choice={choice}
        onChange={(change) => setChoice({ ...choice, ...change })}
        run={run}
        isFollowing={isFollowing}
        onFollow={toggleFollow}
        onStart={() => {
          end.leave();
          store.goToStart();
        }}
        search={search}
      />
      {offlineSince !== undefined && (
        <p role="status" className="bg-bad-soft px-3 py-1 text-sm text-bad">
          Offline since {new Date(offlineSince).toLocaleTimeString()}: new lines come in once the server is back.
        </p>
      )}
      {error !== undefined && offlineSince === undefined && <ErrorNote error={error} className="m-2" />}
      <div className="relative min-h-0 flex-1 has-[[data-virtuoso-scroller]:focus-visible]:outline-2 has-[[data-virtuoso-scroller]:focus-visible]:-outline-offset-2 has-[[data-virtuoso-scroller]:focus-visible]:outline-action">
        {log.lines.length === 0 && (
          <Empty isLoaded={isLoaded} isFiltered={Object.keys(query).length > 0} isIdle={isIdle} />
        )}
        {log.lines.length > 0 && (
          <Lines
            key={`${JSON.stringify(query)}:${log.window}`}
            log={log}
            store={store}
            end={end}
            searched={text}
            isLoading={isLoading}
          />
        )}
        {!isFollowing && log.lines.length > 0 && (
          <button
            type="button"
            onClick={follow}
            data-testid="new-lines"
            className="absolute bottom-3 left-1/2 flex min-h-8 -translate-x-1/2 items-center gap-1 rounded-full border border-line bg-surface px-3 text-sm whitespace-nowrap shadow-[0_2px_8px_var(--shadow)] hover:bg-hover pointer-coarse:min-h-11"
          >
            <ArrowDown size={14} aria-hidden="true" />
            {missed > 0 ? plural(missed, "new line") : "To the newest"}
          </button>
        )}
      </div>
    </section>
  );
});

interface LinesProps {
  readonly log: LogState;
  readonly store: ReturnType<typeof useLog>["store"];
  readonly end: ReturnType<typeof useStickyEnd>;
  readonly searched: string;
  readonly isLoading: boolean;
}

function Lines({ log, store, end, searched, isLoading }: LinesProps) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const toggle = (seq: number) => {
    const after = new Set(open);
    if (!after.delete(seq)) after.add(seq);
    setOpen(after);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: lines that came in are followed
  useEffect(() => end.follow(), [end.follow, log.lines]);
  return (
    <Virtuoso<Line, ListContext>
      scrollerRef={end.scrollerRef}
      className="h-full"
      data={log.lines}
      context={{ isLoading, hasOlder: log.hasOlder, hasNewer: log.hasNewer }}
      components={PARTS}
      firstItemIndex={log.firstIndex}
      {...(log.opensAt === "end" ? { initialTopMostItemIndex: { index: "LAST", align: "end" } as const } : {})}
      computeItemKey={(_, line) => line.seq}
      itemContent={(index, line) => (
        <LogLine
          line={line}
          isNewRun={line.run !== (log.lines[index - log.firstIndex - 1]?.run ?? (log.hasOlder ? line.run : 1))}
          searched={searched}
          isOpen={open.has(line.seq)}
          onToggle={() => toggle(line.seq)}
        />
      )}
      startReached={() => store.loadOlder()}
      endReached={() => store.loadNewer()}
      totalListHeightChanged={end.follow}
      increaseViewportBy={400}
      role="log"
      aria-label="Log lines"
      aria-live="off"
    />
  );
}

interface ListContext {
  readonly isLoading: boolean;
  readonly hasOlder: boolean;
  readonly hasNewer: boolean;
}

const PARTS = {
  Header: ({ context }: { context?: ListContext }) => <Edge isMore={context?.hasOlder} text="Loading earlier lines" />,
  Footer: ({ context }: { context?: ListContext }) => <Edge isMore={context?.hasNewer} text="Loading later lines" />,
};

function Edge({ isMore, text }: { isMore: boolean | undefined; text: string }) {
  if (!isMore) return <div className="h-2" />;
  return (
    <p className="flex items-center justify-center gap-2 py-2 text-sm text-muted">
      <LoaderCircle size={14} aria-hidden="true" className="animate-spin" /> {text}
    </p>
  );
}

function Empty({ isLoaded, isFiltered, isIdle }: { isLoaded: boolean; isFiltered: boolean; isIdle: boolean }) {
  const text = isFiltered
    ? "No line matches."
    : isIdle
      ? "Nothing was logged: it was not launched yet."
      : "Nothing was logged yet.";
  return (
    <p className={`absolute inset-x-0 top-6 px-4 text-center text-sm text-muted ${isLoaded ? "" : "breathe"}`}>
      {isLoaded ? text : "Loading the log…"}
    </p>
  );
}

/** Lines that came in since the reader left the end. */
function useMissed({ arrived }: LogState, isFollowing: boolean): number {
  const [seen, setSeen] = useState(arrived);
  if (isFollowing && seen !== arrived) setSeen(arrived);
  return Math.max(0, arrived - seen);
}

/** `f` follows or stops, `/` goes to the search. */
function useLogKeys(onFollow: () => void, onSearch: () => void): void {
  const keys = useRef({ onFollow, onSearch });
  useEffect(() => {
    keys.current = { onFollow, onSearch };
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event)) return;
      if (event.key !== "f" && event.key !== "/") return;
      event.preventDefault();
      if (event.key === "f") keys.current.onFollow();
      else keys.current.onSearch();
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}
