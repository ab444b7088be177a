import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { createContext, useContext, useEffect, useMemo, useSyncExternalStore } from "react";
import { queryKeys } from "../api/use-queries.ts";
import type { FeedScope, FeedSnapshot } from "./feed-store.ts";
import { createFeedStore } from "./feed-store.ts";
import { EMPTY_FEED } from "./reduce-feed.ts";

const FeedContext = createContext<FeedSnapshot>({ ...EMPTY_FEED, offlineSince: undefined, error: undefined });

/** Every process, live. */
export const useFeed = () => useContext(FeedContext);

/** Follows the feed of all processes for everything inside. */
export function FeedProvider({ onUnauthorized, children }: { onUnauthorized: () => void; children: ReactNode }) {
  return <FeedContext value={useFollowedFeed(onUnauthorized)}>{children}</FeedContext>;
}

/** Follows the feed of a scope while the caller is mounted. Contract: `scope` is the same object while it means the same. */
export function useFollowedFeed(onUnauthorized: () => void, scope?: FeedScope): FeedSnapshot {
  const queries = useQueryClient();
  const store = useMemo(
    () =>
      createFeedStore({
        ...(scope ? { scope } : {}),
        onUnauthorized,
        onDecisions: () => void queries.invalidateQueries({ queryKey: queryKeys.decisions }),
      }),
    [queries, onUnauthorized, scope],
  );
  useEffect(() => {
    const following = new AbortController();
    void store.run(following.signal);
    return () => following.abort();
  }, [store]);
  return useSyncExternalStore(store.subscribe, store.getSnapshot);
}
