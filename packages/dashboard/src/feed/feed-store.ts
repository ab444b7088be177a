import type { FeedFrame, Filter, ProcessSummary } from "@optio/contract";
import { API_PREFIX, feedFrameSchema } from "@optio/contract";
import { fetchProcesses } from "../api/calls.ts";
import { isUnauthorized } from "../api/describe-error.ts";
import { followStream } from "../api/follow-stream.ts";
import { parseJson } from "../api/parse-envelope.ts";
import { scheduleBeforePaint } from "../api/schedule-before-paint.ts";
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
  let fresh: FeedFrame[] = [];
  /** False while a list is on its way: frames wait for it. */
  let hasList = false;
  const set = (change: Partial<FeedSnapshot>) => {
    snapshot = { ...snapshot, ...change };
    for (const listener of listeners) listener();
  };
  const fold = () => {
    const frames = fresh;
    fresh = [];
    set(reduceFeed(snapshot, { type: "frames", frames }));
    if (frames.some(({ type }) => type === "decisions")) options.onDecisions();
  };
  const takeFrame = (frame: FeedFrame) => {
    fresh.push(frame);
    // a run that logs much changes its summary with every line: one paint for all that came in
    if (fresh.length === 1) scheduleBeforePaint(() => hasList && fold());
  };
  const takeList = (processes: readonly ProcessSummary[]) => {
    hasList = true;
    set(reduceFeed(snapshot, { type: "list", processes }));
    // what changed while the list was on its way is newer than the list
    fold();
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
        request: async () => requestOf(options.scope, lastId),
        onConnected: (drop) => {
          fresh = [];
          hasList = false;
          set({ offlineSince: undefined, error: undefined });
          // without its list a feed is worth nothing
          (options.scope?.list(signal) ?? fetchProcesses(signal)).then(takeList, drop);
        },
        onMessage: ({ event, id, data }) => {
          if (id) lastId = id;
          const frame = feedFrameSchema.safeParse(parseJson(data));
          if (event === "feed" && frame.success) takeFrame(frame.data);
        },
        onLost: (error) => {
          set({ offlineSince: snapshot.offlineSince ?? Date.now(), error });
          if (isUnauthorized(error)) options.onUnauthorized();
        },
      }),
  };
}

function requestOf(scope: FeedScope | undefined, lastId: string | undefined) {
  const query = scope ? `?${new URLSearchParams({ filter: JSON.stringify(scope.filter) })}` : "";
  const headers = lastId === undefined ? {} : { headers: { "last-event-id": lastId } };
  return { url: `${API_PREFIX}/feed${query}`, ...headers };
}
