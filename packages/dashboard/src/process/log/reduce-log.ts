import type { LogLine } from "@optio/contract";

/** Most lines held at once; the far end goes when there are more. */
export const MAX_LINES = 20_000;
/** Far above any number of lines: older pages count the first index down from it. */
const FIRST_INDEX = 1_000_000_000;

/** A window of a log: lines without a gap among those that its query matches. */
export interface LogState {
  readonly lines: readonly LogLine[];
  /** Index of the first line for a list that keeps its place while lines are put before it. */
  readonly firstIndex: number;
  readonly hasOlder: boolean;
  /** True: the window ends before the log does. */
  readonly hasNewer: boolean;
  /** Number of the newest line the stream brought, or that was there when it began. */
  readonly heard: number;
  /** Lines that the stream brought. */
  readonly arrived: number;
  /** Another window than before: what was scrolled to means nothing any more. */
  readonly window: number;
  /** Where this window was opened, and is read from. */
  readonly opensAt: "start" | "end";
}

export const EMPTY_LOG: LogState = {
  lines: [],
  firstIndex: FIRST_INDEX,
  hasOlder: false,
  hasNewer: false,
  heard: 0,
  arrived: 0,
  window: 0,
  opensAt: "end",
};

/** A page of lines, oldest first, and whether there are more in its direction. */
export interface LogPage {
  readonly lines: readonly LogLine[];
  readonly hasMore: boolean;
}

export type LogInput =
  /** The log was dropped and begins anew. */
  | { readonly type: "dropped" }
  /** A new window at the end of the log, whose newest line is `head`. */
  | ({ readonly type: "newest"; readonly head: number } & LogPage)
  /** A new window at the beginning. */
  | ({ readonly type: "oldest" } & LogPage)
  | ({ readonly type: "older" | "newer" } & LogPage)
  /** What the stream brought; `isFollowing`: the reader looks at the end. */
  | { readonly type: "live"; readonly lines: readonly LogLine[]; readonly isFollowing: boolean };

/** The window after an input. Pure; lines that are there already are not taken twice. */
export function reduceLog(state: LogState, input: LogInput): LogState {
  switch (input.type) {
    case "dropped":
      return { ...EMPTY_LOG, window: state.window + 1 };
    case "newest":
      return {
        ...openWindow(state, input.lines, "end"),
        hasOlder: input.hasMore,
        // more came in while this page was on its way
        hasNewer: state.arrived > 0 && state.heard > input.head,
        heard: Math.max(state.heard, input.head),
      };
    case "oldest": {
      const opened = openWindow(state, input.lines, "start");
      return { ...opened, hasOlder: false, hasNewer: input.hasMore || isBehind(opened) };
    }
    case "older":
      return prepend(state, input);
    case "newer": {
      const lines = [...state.lines, ...after(input.lines, lastSeq(state))];
      const trimmed = trimFront({ ...state, lines });
      return { ...trimmed, hasNewer: input.hasMore || isBehind(trimmed) };
    }
    case "live":
      return takeLive(state, input.lines, input.isFollowing);
  }
}

/** Number of the last line of the window; 0 without one. */
export function lastSeq({ lines }: LogState): number {
  return lines.at(-1)?.seq ?? 0;
}

function openWindow(state: LogState, lines: readonly LogLine[], opensAt: LogState["opensAt"]): LogState {
  return { ...state, lines, opensAt, firstIndex: FIRST_INDEX, window: state.window + 1 };
}

function isBehind(state: LogState): boolean {
  return state.arrived > 0 && state.heard > lastSeq(state);
}

function prepend(state: LogState, page: LogPage): LogState {
  const [first] = state.lines;
  const added = first ? page.lines.filter((line) => line.seq < first.seq) : page.lines;
  const lines = [...added, ...state.lines];
  const isTooLong = lines.length > MAX_LINES;
  return {
    ...state,
    lines: isTooLong ? lines.slice(0, MAX_LINES) : lines,
    firstIndex: state.firstIndex - added.length,
    hasOlder: page.hasMore,
    hasNewer: state.hasNewer || isTooLong,
  };
}

function takeLive(state: LogState, live: readonly LogLine[], isFollowing: boolean): LogState {
  const fresh = after(live, state.heard);
  const newest = fresh.at(-1);
  if (!newest) return state;
  const heard = { ...state, heard: newest.seq, arrived: state.arrived + fresh.length };
  if (state.hasNewer) return heard;
  // whoever reads far up keeps the lines in view: the window ends here, and the rest is a page away
  if (!isFollowing && state.lines.length + fresh.length > MAX_LINES) return { ...heard, hasNewer: true };
  return trimFront({ ...heard, lines: [...state.lines, ...after(fresh, lastSeq(state))] });
}

function trimFront(state: LogState): LogState {
  const excess = state.lines.length - MAX_LINES;
  if (excess <= 0) return state;
  return { ...state, lines: state.lines.slice(excess), firstIndex: state.firstIndex + excess, hasOlder: true };
}

function after(lines: readonly LogLine[], seq: number): readonly LogLine[] {
  return lines.filter((line) => line.seq > seq);
}
