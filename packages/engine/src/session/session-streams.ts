import type { PublishedResults } from "../process/published-results.ts";
import type { Store } from "../store/store.ts";
import { LiveSession } from "./live-session.ts";
import type { StreamPiece } from "./viewer.ts";
import { Viewer } from "./viewer.ts";

interface Watched {
  readonly viewers: Set<Viewer>;
  frames: Disposable | undefined;
}

/** Streams of sessions to any number of viewers in this OS process. */
export class SessionStreams {
  readonly #store: Store;
  readonly #results: PublishedResults;
  readonly #watched = new Map<string, Watched>();
  readonly #subscriptions: Disposable[];

  constructor(store: Store, results: PublishedResults) {
    this.#store = store;
    this.#results = results;
    this.#subscriptions = [
      store.onCommit(({ processId, envelopes, remote }) => {
        const viewers = this.#watched.get(processId)?.viewers;
        if (!viewers) return;
        if (remote) for (const viewer of viewers) viewer.lookAgain();
        for (const envelope of envelopes) offer(viewers, { kind: "durable", envelope, json: JSON.stringify(envelope) });
      }),
      results.onChange(({ processId }) => this.#follow(processId)),
    ];
  }

  /** Events after `after`, then the text so far of open items, then live, as they are ready; ends on abort. */
  attach(
    processId: string,
    options: { after: number; signal: AbortSignal },
  ): AsyncGenerator<readonly StreamPiece[], void, undefined> {
    const viewer = new Viewer(
      {
        read: (after, limit) => this.#store.events.listTexts(processId, { after, limit }),
        snapshot: () => this.#live(processId)?.text.snapshot() ?? [],
      },
      options.after,
    );
    return viewer.batches(options.signal, {
      begin: () => this.#watch(processId, viewer),
      end: () => this.#unwatch(processId, viewer),
    });
  }

  /** Stops listening. */
  close(): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    for (const { frames } of this.#watched.values()) frames?.[Symbol.dispose]();
  }

  #watch(processId: string, viewer: Viewer): void {
    const watched = this.#watched.get(processId) ?? { viewers: new Set(), frames: undefined };
    this.#watched.set(processId, watched);
    watched.viewers.add(viewer);
    if (!watched.frames) this.#follow(processId);
  }

  #unwatch(processId: string, viewer: Viewer): void {
    const watched = this.#watched.get(processId);
    watched?.viewers.delete(viewer);
    if (watched?.viewers.size !== 0) return;
    watched.frames?.[Symbol.dispose]();
    this.#watched.delete(processId);
  }

  #live(processId: string): LiveSession | undefined {
    const result = this.#results.find(processId);
    return result instanceof LiveSession ? result : undefined;
  }

  /** Listens to the session's present owner, if it is here. */
  #follow(processId: string): void {
    const watched = this.#watched.get(processId);
    if (!watched) return;
    watched.frames?.[Symbol.dispose]();
    watched.frames = this.#live(processId)?.onFrame((frame) => {
      offer(watched.viewers, { kind: "live", frame, json: JSON.stringify(frame) });
    });
    for (const viewer of watched.viewers) viewer.refresh();
  }
}

function offer(viewers: Iterable<Viewer>, piece: StreamPiece): void {
  for (const viewer of viewers) viewer.offer(piece);
}
