import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { createContext, useContext, useEffect, useMemo, useSyncExternalStore } from "react";
import { queryKeys } from "../api/use-queries.ts";
import type { FeedSnapshot } from "./feed-store.ts";
import { createFeedStore } from "./feed-store.ts";
import { EMPTY_FEED } from "./reduce-feed.ts";

const FeedContext = createContext<FeedSnapshot>({ ...EMPTY_FEED, offlineSince: undefined, error: undefined });

/** Every process, live. */
export const useFeed = () => useContext(FeedContext);

/** Follows the feed for everything inside. */
export function FeedProvider({ onUnauthorized, children }: { onUnauthorized: () => void; children: ReactNode }) {
  const queries = useQueryClient();
  const store = useMemo(
    () =>
      createFeedStore({
        onUnauthorized,
        onDecisions: () => void queries.invalidateQueries({ queryKey: queryKeys.decisions }),
      }),
    [queries, onUnauthorized],
  );
  useEffect(() => {
    const following = new AbortController();
    void store.run(following.signal);
    return () => following.abort();
  }, [store]);
  const snapshot = useSyncExternalStore(store.subscribe, store.getSnapshot);
  return <FeedContext value={snapshot}>{children}</FeedContext>;
}
