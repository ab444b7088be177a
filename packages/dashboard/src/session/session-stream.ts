import type { Envelope, SessionView, StreamMessage } from "@optio/contract";
import { eventsUrl, fetchEventsBefore, fetchSession } from "../api/calls.ts";
import { isUnauthorized } from "../api/describe-error.ts";
import type { FollowOptions } from "../api/follow-stream.ts";
import { followStream } from "../api/follow-stream.ts";
import { parseEnvelope, parseFrame, parseJson } from "../api/parse-envelope.ts";
import { scheduleBeforePaint } from "../api/schedule-before-paint.ts";
import type { ThreadInput, ThreadState } from "../thread/reduce-thread.ts";
import { EMPTY_THREAD, firstSeq, reduceThread } from "../thread/reduce-thread.ts";
import type { Connection } from "./connection.ts";

/** What a session page shows at one moment. */
export interface SessionSnapshot {
  readonly thread: ThreadState;
  readonly connection: Connection;
  /** False until the newest page of history is there. */
  readonly isLoaded: boolean;
  readonly error: unknown;
}

export interface SessionStreamOptions {
  readonly id: string;
  /** Each fresh body of `GET /sessions/:id`, read before every attach. */
  readonly onSession: (session: SessionView) => void;
  /** Types of the events of a batch that just came in. */
  readonly onEvents: (types: ReadonlySet<string>) => void;
  readonly onUnauthorized: () => void;
  /** Where history and events come from; the page's own server when absent. */
  readonly source?: SessionSource;
  /** Calls back soon; batches inputs between two paints. */
  readonly schedule?: (callback: () => void) => void;
  readonly now?: () => number;
}

/** What a session stream asks of a server. */
export interface SessionSource {
  readonly fetchSession: (id: string, signal: AbortSignal) => Promise<SessionView>;
  readonly fetchEventsBefore: (id: string, before: number, signal: AbortSignal) => Promise<Envelope[]>;
  readonly follow: (options: FollowOptions) => Promise<void>;
}

const SERVER: SessionSource = { fetchSession, fetchEventsBefore, follow: followStream };

/** A followed session: a store for `useSyncExternalStore`. */
export interface SessionStream {
  readonly subscribe: (listener: () => void) => () => void;
  readonly getSnapshot: () => SessionSnapshot;
  readonly loadOlder: () => void;
  /** Follows until aborted. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** Follows a session: newest page of history, then events after it and live frames; connects again whenever the stream ends. */
export function createSessionStream(options: SessionStreamOptions): SessionStream {
  const store = new SnapshotStore(options);
  const source = options.source ?? SERVER;
  let isLoadingOlder = false;
  let follower = new AbortController().signal;
  return {
    subscribe: store.subscribe,
    getSnapshot: store.getSnapshot,
    loadOlder() {
      const first = firstSeq(store.getSnapshot().thread);
      if (isLoadingOlder || first === undefined || first <= 1) return;
      isLoadingOlder = true;
      source
        .fetchEventsBefore(options.id, first, follower)
        .then((envelopes) => store.take({ type: "older", envelopes }))
        .catch((error: unknown) => follower.aborted || store.set({ error }))
        .finally(() => {
          isLoadingOlder = false;
        });
    },
    async run(signal) {
      follower = signal;
      await source.follow({
        signal,
        request: (attempt) => attach(options, source, store, attempt),
        onConnected: () => {
          store.set({ error: undefined });
          store.settle();
        },
        onMessage: (message) => takeMessage(store, message),
        onLost: (error) => {
          store.lose(error);
          if (isUnauthorized(error)) options.onUnauthorized();
        },
      });
    },
  };
}

async function attach(options: SessionStreamOptions, source: SessionSource, store: SnapshotStore, signal: AbortSignal) {
  const session = await source.fetchSession(options.id, signal);
  options.onSession(session);
  // the log was dropped and begins anew
  if (session.headSeq < store.thread.lastSeq) store.set({ thread: EMPTY_THREAD, isLoaded: false });
  if (store.thread.lastSeq === 0 && session.headSeq > 0) {
    const envelopes = await source.fetchEventsBefore(options.id, session.headSeq + 1, signal);
    const inputs = envelopes.map((envelope): ThreadInput => ({ type: "event", envelope }));
    store.set({ thread: reduceThread(store.thread, inputs) });
  }
  store.set({ isLoaded: true, connection: { type: "catching-up", headSeq: session.headSeq } });
  return { url: `${eventsUrl(options.id)}?after=${store.thread.lastSeq}` };
}

function takeMessage(store: SnapshotStore, message: StreamMessage): void {
  if (message.event === "live") {
    const frame = parseFrame(message.data);
    if (frame) store.take({ type: "frame", frame });
    return;
  }
  if (message.event !== "durable") return;
  const envelope = parseEnvelope(parseJson(message.data));
  if (envelope) store.take({ type: "event", envelope });
}

/** Holds the snapshot and folds inputs in batches. */
class SnapshotStore {
  readonly #options: SessionStreamOptions;
  readonly #listeners = new Set<() => void>();
  #snapshot: SessionSnapshot = {
    thread: EMPTY_THREAD,
    connection: { type: "connecting" },
    isLoaded: false,
    error: undefined,
  };
  #inputs: ThreadInput[] = [];

  constructor(options: SessionStreamOptions) {
    this.#options = options;
  }

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getSnapshot = () => this.#snapshot;

  /** The thread with everything that came in, folded or not. */
  get thread(): ThreadState {
    this.#fold();
    return this.#snapshot.thread;
  }

  take(input: ThreadInput): void {
    this.#inputs.push(input);
    if (this.#inputs.length > 1) return;
    (this.#options.schedule ?? scheduleBeforePaint)(() => {
      this.#fold();
      this.settle();
      this.#notify();
    });
  }

  set(change: Partial<SessionSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    this.#notify();
  }

  /** Catching up is over once the head of the attach is in. */
  settle(): void {
    const { connection, thread } = this.#snapshot;
    if (connection.type === "catching-up" && thread.lastSeq >= connection.headSeq)
      this.set({ connection: { type: "live" } });
  }

  lose(error: unknown): void {
    const { connection } = this.#snapshot;
    const since = connection.type === "offline" ? connection.since : (this.#options.now ?? Date.now)();
    this.set({ connection: { type: "offline", since }, error });
  }

  #fold(): void {
    const inputs = this.#inputs;
    if (inputs.length === 0) return;
    this.#inputs = [];
    this.#snapshot = { ...this.#snapshot, thread: reduceThread(this.#snapshot.thread, inputs) };
    this.#options.onEvents(
      new Set(inputs.flatMap((input) => (input.type === "event" ? [input.envelope.event.type] : []))),
    );
  }

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
