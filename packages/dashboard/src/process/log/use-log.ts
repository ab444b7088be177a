import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { LogQuery } from "../../api/calls.ts";
import type { LogSnapshot } from "./log-store.ts";
import { LogStore } from "./log-store.ts";

/** Follows a log while the caller is mounted. */
export function useLog(id: string, query: LogQuery, onUnauthorized: () => void): LogSnapshot & { store: LogStore } {
  const { level, run, q } = query;
  const store = useMemo(
    () =>
      new LogStore({
        id,
        onUnauthorized,
        query: {
          ...(level === undefined ? {} : { level }),
          ...(run === undefined ? {} : { run }),
          ...(q === undefined ? {} : { q }),
        },
      }),
    [id, level, run, q, onUnauthorized],
  );
  useEffect(() => {
    const following = new AbortController();
    void store.run(following.signal);
    return () => following.abort();
  }, [store]);
  const snapshot = useSyncExternalStore(store.subscribe, store.getSnapshot);
  return { ...snapshot, store };
}
