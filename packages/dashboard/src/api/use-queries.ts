import type { Filter } from "@optio/contract";
import { MutationCache, QueryCache, QueryClient, useQuery } from "@tanstack/react-query";
import {
  fetchAgents,
  fetchBlocks,
  fetchMe,
  fetchPendingDecisions,
  fetchProcess,
  fetchProcesses,
  fetchSession,
} from "./calls.ts";
import { isUnauthorized } from "./describe-error.ts";

/** Keys of everything that is cached. */
export const queryKeys = {
  me: ["me"],
  agents: ["agents"],
  decisions: ["decisions"],
  session: (id: string) => ["session", id],
  process: (id: string) => ["process", id],
  blocks: ["blocks"],
  matching: (filter: Filter) => ["matching", filter],
} as const;

/** A cache that reports a lost login. */
export function createQueryClient(onUnauthorized: () => void): QueryClient {
  const onError = (error: Error) => {
    if (isUnauthorized(error)) onUnauthorized();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        retry: (failures, error) => error instanceof TypeError && failures < 2,
        staleTime: 10_000,
        refetchOnWindowFocus: false,
      },
    },
  });
}

/** Name and role of the reader. */
export const useMe = () =>
  useQuery({ queryKey: queryKeys.me, queryFn: ({ signal }) => fetchMe(signal), staleTime: Number.POSITIVE_INFINITY });

/** True when the reader may act, not only look. */
export function useMayAct(): boolean {
  const role = useMe().data?.role;
  return role === "operator" || role === "admin";
}

/** True when the reader may change what all share: blocks, purges, definitions. */
export const useIsAdmin = () => useMe().data?.role === "admin";

export const useAgents = () => useQuery({ queryKey: queryKeys.agents, queryFn: ({ signal }) => fetchAgents(signal) });

export const useSession = (id: string) =>
  useQuery({ queryKey: queryKeys.session(id), queryFn: ({ signal }) => fetchSession(id, signal) });

export const useProcess = (id: string) =>
  useQuery({ queryKey: queryKeys.process(id), queryFn: ({ signal }) => fetchProcess(id, signal) });

const BLOCKS_REFRESH_MS = 15_000;

/** The launch blocks, as others change them too. */
export const useBlocks = () =>
  useQuery({
    queryKey: queryKeys.blocks,
    queryFn: ({ signal }) => fetchBlocks(signal),
    refetchInterval: BLOCKS_REFRESH_MS,
    refetchOnWindowFocus: true,
  });

/** Every process that a filter matches; nothing is asked without one. */
export const useMatching = (filter: Filter | undefined) =>
  useQuery({
    queryKey: queryKeys.matching(filter ?? {}),
    queryFn: ({ signal }) => fetchProcesses(signal, filter),
    enabled: filter !== undefined,
    staleTime: 0,
  });

export const usePendingDecisions = () =>
  useQuery({ queryKey: queryKeys.decisions, queryFn: ({ signal }) => fetchPendingDecisions(signal) });
