import { createContext, useContext } from "react";
import type { LiveText } from "./reduce-thread.ts";

/** What rows need besides their own entry. */
export interface ThreadContextValue {
  readonly live: ReadonlyMap<string, LiveText>;
  readonly activeTurnId: string | undefined;
  readonly workspace: string | null;
  /** Items that wait for a decision. */
  readonly waitingItems: ReadonlySet<string>;
  /** Rows that the reader opened or closed; outlives the rows, which the list unmounts off screen. */
  readonly folds: Map<string, boolean>;
}

export const ThreadContext = createContext<ThreadContextValue>({
  live: new Map(),
  activeTurnId: undefined,
  workspace: null,
  waitingItems: new Set(),
  folds: new Map(),
});

/** The context of the transcript around a row. */
export const useThread = () => useContext(ThreadContext);
