import type { FeedFrame, ProcessSummary } from "@optio/contract";

/** Every process as the list and the feed last described it. */
export interface FeedState {
  readonly processes: ReadonlyMap<string, ProcessSummary>;
  /** Decisions that wait over all sessions. */
  readonly pendingDecisions: number;
  readonly isLoaded: boolean;
}

export const EMPTY_FEED: FeedState = { processes: new Map(), pendingDecisions: 0, isLoaded: false };

export type FeedInput =
  | { readonly type: "list"; readonly processes: readonly ProcessSummary[] }
  | { readonly type: "frames"; readonly frames: readonly FeedFrame[] };

/** The state after a fresh list or frames of the feed, in their order. Pure. */
export function reduceFeed(state: FeedState, input: FeedInput): FeedState {
  if (input.type === "list")
    return { ...state, isLoaded: true, processes: new Map(input.processes.map((process) => [process.id, process])) };
  const processes = new Map(state.processes);
  let { pendingDecisions } = state;
  for (const frame of input.frames) {
    if (frame.type === "decisions") pendingDecisions = frame.pending;
    else if (frame.type === "process") processes.set(frame.process.id, frame.process);
    else processes.delete(frame.id);
  }
  return { ...state, processes, pendingDecisions };
}
