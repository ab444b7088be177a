import { createContext, use, useContext } from "react";
import type { ItemEntry, LiveText } from "./reduce-thread.ts";

/** What rows need besides their own entry. */
export interface ThreadContextValue {
  readonly activeTurnId: string | undefined;
  readonly workspace: string | null;
  /** Items that wait for a decision. */
  readonly waitingItems: ReadonlySet<string>;
  /** Rows that the reader opened or closed; outlives the rows, which the list unmounts off screen. */
  readonly folds: Map<string, boolean>;
}

export const ThreadContext = createContext<ThreadContextValue>({
  activeTurnId: undefined,
  workspace: null,
  waitingItems: new Set(),
  folds: new Map(),
});

/** Text of open items; apart from the rest because it changes with every frame. */
export const LiveContext = createContext<ReadonlyMap<string, LiveText>>(new Map());

/** The text so far of an item that is open; rows of finished items are not drawn again for every frame. */
export function useLiveText(entry: ItemEntry): LiveText | undefined {
  return entry.item.status === "inProgress" ? use(LiveContext).get(entry.key) : undefined;
}

/** The context of the transcript around a row. */
export const useThread = () => useContext(ThreadContext);
