import type { FeedFrame, Filter, ProcessSummary } from "@optio/contract";
import { API_PREFIX, feedFrameSchema } from "@optio/contract";
import { fetchProcesses } from "../api/calls.ts";
import { isUnauthorized } from "../api/describe-error.ts";
import { followStream } from "../api/follow-stream.ts";
import { parseJson } from "../api/parse-envelope.ts";
import type { FeedState } from "./reduce-feed.ts";
import { EMPTY_FEED, reduceFeed } from "./reduce-feed.ts";

/** The feed and what is known about its connection. */
export interface FeedSnapshot extends FeedState {
  readonly offlineSince: number | undefined;
  readonly error: unknown;
}

/** Which processes a feed is about; all when absent. */
export interface FeedScope {
  readonly filter: Filter;
  /** Reads the list at every attach. */
  readonly list: (signal: AbortSignal) => Promise<ProcessSummary[]>;
}

interface FeedOptions {
  readonly scope?: FeedScope;
  /** Called when the pending decisions may have changed. */
  readonly onDecisions: () => void;
  readonly onUnauthorized: () => void;
}

/** Follows the processes of a scope: a list at every attach, then the feed; a store for `useSyncExternalStore`. */
export function createFeedStore(options: FeedOptions) {
  const listeners = new Set<() => void>();
  let snapshot: FeedSnapshot = { ...EMPTY_FEED, offlineSince: undefined, error: undefined };
  let lastId: string | undefined;
  let waiting: FeedFrame[] | undefined;
  const set = (change: Partial<FeedSnapshot>) => {
    snapshot = { ...snapshot, ...change };
    for (const listener of listeners) listener();
  };
  const takeFrame = (frame: FeedFrame) => {
    set(reduceFeed(snapshot, { type: "frame", frame }));
    if (frame.type === "decisions") options.onDecisions();
  };
  const takeList = (processes: readonly ProcessSummary[]) => {
    set(reduceFeed(snapshot, { type: "list", processes }));
    const frames = waiting ?? [];
    waiting = undefined;
    // what changed while the list was on its way is newer than the list
    for (const frame of frames) takeFrame(frame);
    options.onDecisions();
  };
  return {
    subscribe: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getSnapshot: () => snapshot,
    /** Follows until aborted. */
    run: (signal: AbortSignal) =>
      followStream({
        signal,
        request: async () => ({
          url: feedUrl(options.scope),
          ...(lastId === undefined ? {} : { headers: { "last-event-id": lastId } }),
        }),
        onConnected: (drop) => {
          waiting = [];
          set({ offlineSince: undefined, error: undefined });
          // without its list a feed is worth nothing
          (options.scope?.list(signal) ?? fetchProcesses(signal)).then(takeList, drop);
        },
        onMessage: ({ event, id, data }) => {
          if (id) lastId = id;
          const frame = feedFrameSchema.safeParse(parseJson(data));
          if (event !== "feed" || !frame.success) return;
          if (waiting) waiting.push(frame.data);
          else takeFrame(frame.data);
        },
        onLost: (error) => {
          set({ offlineSince: snapshot.offlineSince ?? Date.now(), error });
          if (isUnauthorized(error)) options.onUnauthorized();
        },
      }),
  };
}

function feedUrl(scope: FeedScope | undefined): string {
  const query = scope ? `?${new URLSearchParams({ filter: JSON.stringify(scope.filter) })}` : "";
  return `${API_PREFIX}/feed${query}`;
}
