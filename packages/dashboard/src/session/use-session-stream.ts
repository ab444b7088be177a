import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useSyncExternalStore } from "react";
import { queryKeys } from "../api/use-queries.ts";
import type { SessionSnapshot } from "./session-stream.ts";
import { createSessionStream } from "./session-stream.ts";

const REFRESH_MS = 150;
/** Events after which the session's body reads otherwise. */
const REFRESHING = /^(process\.state|session\.|login\.|turn\.|decision\.)/;

/** Follows a session while the page is open. */
export function useSessionStream(id: string, onUnauthorized: () => void): SessionSnapshot & { loadOlder: () => void } {
  const queries = useQueryClient();
  const refresh = useMemo(
    () =>
      createRefresh(() => {
        void queries.invalidateQueries({ queryKey: queryKeys.session(id) });
        void queries.invalidateQueries({ queryKey: queryKeys.process(id) });
      }),
    [queries, id],
  );
  const stream = useMemo(
    () =>
      createSessionStream({
        id,
        onUnauthorized,
        onSession: (session) => queries.setQueryData(queryKeys.session(id), session),
        onEvents: (types) => [...types].some((type) => REFRESHING.test(type)) && refresh.soon(),
      }),
    [id, queries, refresh, onUnauthorized],
  );
  useEffect(() => {
    const following = new AbortController();
    void stream.run(following.signal);
    return () => {
      following.abort();
      refresh.stop();
    };
  }, [stream, refresh]);
  const snapshot = useSyncExternalStore(stream.subscribe, stream.getSnapshot);
  return { ...snapshot, loadOlder: stream.loadOlder };
}

function createRefresh(refresh: () => void): { soon: () => void; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    soon: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        refresh();
      }, REFRESH_MS);
    },
    stop: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
