import type {
  Decision,
  DiffStat,
  Envelope,
  Item,
  LiveFrame,
  LoginKind,
  QueuedMessage,
  TurnError,
  TurnStatus,
  Usage,
} from "@optio/contract";
import { applyEvent } from "./apply-event.ts";

/** Text of an open item as far as live frames brought it. */
export interface LiveText {
  readonly text: string;
  readonly reasoning: string;
  readonly output: string;
}

export interface PlanStep {
  readonly step: string;
  readonly status: string;
}

interface EntryBase {
  /** Unique and stable for the life of the page. */
  readonly key: string;
  /** The event that brought the entry in. */
  readonly seq: number;
  readonly at: string;
}

export interface ItemEntry extends EntryBase {
  readonly type: "item";
  readonly turnId: string;
  readonly threadId: string;
  readonly item: Item;
}

/** The divider that ends a turn. */
export interface TurnEntry extends EntryBase {
  readonly type: "turn";
  readonly turnId: string;
  readonly status: TurnStatus;
  readonly startedAt: string | undefined;
  readonly error: TurnError | undefined;
  /** Tokens that the turn used; undefined when its start was not seen. */
  readonly tokens: number | undefined;
  readonly diff: DiffStat | undefined;
}

export interface DecisionEntry extends EntryBase {
  readonly type: "decision";
  readonly decision: Decision;
}

export type NoticeTone = "quiet" | "warning" | "error" | "divider";

/** A line of the session itself: restarts, warnings, its end; `payload` is what this page has no words for. */
export interface NoticeEntry extends EntryBase {
  readonly type: "notice";
  readonly tone: NoticeTone;
  readonly text: string;
  readonly payload?: unknown;
}

/** One line of the transcript. */
export type Entry = ItemEntry | TurnEntry | DecisionEntry | NoticeEntry;

export interface ActiveTurn {
  readonly turnId: string;
  readonly threadId: string;
  readonly startedAt: string | undefined;
  /** Tokens of the thread when the turn began. */
  readonly tokensBefore: number | undefined;
}

/** Everything a session page shows that comes from the event stream. */
export interface ThreadState {
  /** The newest event taken in; 0 before the first. */
  readonly lastSeq: number;
  /** All events taken in, gapless and ascending: what a page of older ones is folded with. */
  readonly envelopes: readonly Envelope[];
  readonly entries: readonly Entry[];
  /** Place of each keyed entry. */
  readonly places: ReadonlyMap<string, number>;
  readonly live: ReadonlyMap<string, LiveText>;
  readonly activeTurn: ActiveTurn | null;
  readonly plan: { readonly turnId: string; readonly steps: readonly PlanStep[] } | null;
  /** Changes to files of the turn that runs. */
  readonly diff: DiffStat | null;
  /** Undefined until an event said so; then the session body's values are older. */
  readonly queue: readonly QueuedMessage[] | undefined;
  readonly usage: Usage | undefined;
  readonly loginKinds: readonly LoginKind[] | null | undefined;
  /** Pending decisions by id, oldest first. */
  readonly pending: ReadonlyMap<string, Decision>;
  /** messageIds that the queue or the transcript showed: the page need not show them as on their way any more. */
  readonly knownMessages: ReadonlySet<string>;
}

export type ThreadInput =
  | { readonly type: "event"; readonly envelope: Envelope }
  | { readonly type: "frame"; readonly frame: LiveFrame }
  | { readonly type: "older"; readonly envelopes: readonly Envelope[] };

export const EMPTY_THREAD: ThreadState = {
  lastSeq: 0,
  envelopes: [],
  entries: [],
  places: new Map(),
  live: new Map(),
  activeTurn: null,
  plan: null,
  diff: null,
  queue: undefined,
  usage: undefined,
  loginKinds: undefined,
  pending: new Map(),
  knownMessages: new Set(),
};

/** The state while a batch of inputs goes in: same fields, own containers. */
export type ThreadDraft = {
  -readonly [K in keyof ThreadState]: ThreadState[K] extends ReadonlyMap<infer A, infer B>
    ? Map<A, B>
    : ThreadState[K] extends ReadonlySet<infer A>
      ? Set<A>
      : K extends "entries"
        ? Entry[]
        : K extends "envelopes"
          ? Envelope[]
          : ThreadState[K];
};

/** The state after a batch of events, live frames and older pages. Events at or below `lastSeq` change nothing. Pure. */
export function reduceThread(state: ThreadState, inputs: readonly ThreadInput[]): ThreadState {
  // frames come thirty times a second and touch nothing but the live text: what did not change keeps its identity
  if (inputs.every((input) => input.type === "frame")) return takeFrames(state, inputs);
  let draft = draftOf(state);
  for (const input of inputs) {
    if (input.type === "event") takeEvent(draft, input.envelope);
    else if (input.type === "frame") takeFrame(draft, input.frame);
    else draft = foldOlder(draft, input.envelopes);
  }
  return draft;
}

/** The oldest event taken in; undefined before the first. */
export function firstSeq(state: ThreadState): number | undefined {
  return state.envelopes[0]?.seq;
}

/** Key under which an item's entry and live text are kept. */
export function itemKey(threadId: string, itemId: string): string {
  return `item:${threadId}/${itemId}`;
}

function takeFrames(state: ThreadState, inputs: readonly ThreadInput[]): ThreadState {
  const draft = { ...state, live: new Map(state.live) };
  for (const input of inputs) if (input.type === "frame") takeFrame(draft, input.frame);
  return draft;
}

function draftOf(state: ThreadState): ThreadDraft {
  return {
    ...state,
    envelopes: [...state.envelopes],
    entries: [...state.entries],
    places: new Map(state.places),
    live: new Map(state.live),
    pending: new Map(state.pending),
    knownMessages: new Set(state.knownMessages),
  };
}

function takeEvent(draft: ThreadDraft, envelope: Envelope): void {
  if (envelope.seq <= draft.lastSeq) return;
  draft.lastSeq = envelope.seq;
  draft.envelopes.push(envelope);
  applyEvent(draft, envelope);
}

/** An item may start in the older page and end in a newer one, so the whole history is folded again. */
function foldOlder(draft: ThreadDraft, older: readonly Envelope[]): ThreadDraft {
  const first = draft.envelopes[0]?.seq ?? Number.POSITIVE_INFINITY;
  const all = [...older.filter((envelope) => envelope.seq < first), ...draft.envelopes];
  const folded = draftOf(EMPTY_THREAD);
  for (const envelope of all) takeEvent(folded, envelope);
  for (const [key, text] of draft.live) {
    if (!isFinal(folded, key)) folded.live.set(key, text);
  }
  return folded;
}

function takeFrame(draft: Pick<ThreadDraft, "live"> & ThreadState, frame: LiveFrame): void {
  const key = itemKey(frame.threadId, frame.itemId);
  if (isFinal(draft, key)) return;
  if (frame.frame === "item.snapshot") {
    const isReasoning = frame.kind === "reasoning";
    draft.live.set(key, {
      text: isReasoning ? "" : frame.text,
      reasoning: isReasoning ? frame.text : "",
      output: frame.output,
    });
    return;
  }
  const before = draft.live.get(key) ?? { text: "", reasoning: "", output: "" };
  draft.live.set(key, { ...before, [frame.channel]: before[frame.channel] + frame.append });
}

function isFinal(draft: ThreadState, key: string): boolean {
  const entry = draft.entries[draft.places.get(key) ?? -1];
  return entry?.type === "item" && entry.item.status !== "inProgress";
}
