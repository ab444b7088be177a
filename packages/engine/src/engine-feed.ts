import type { Filter, ProcessSummary } from "@optio/contract";
import { matchesFilter, toOptioError } from "@optio/contract";
import type { FeedPiece } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import { isLive } from "./engine-parts.ts";
import { FeedFollower } from "./feed-follower.ts";
import type { ProcessRecord } from "./store/store.ts";
import { toSummary } from "./summaries.ts";

const PAGE = 200;

/** Summaries of all processes as they change: read and made once for everybody who follows. */
export class Feed {
  readonly #parts: Pick<EngineParts, "services" | "results">;
  readonly #followers = new Set<FeedFollower>();
  readonly #subscription: Disposable;
  #reading: Promise<void> | undefined;
  #again = false;
  /** What every follower has been offered. */
  #cursor = 0;
  #pending = -1;

  constructor(parts: Pick<EngineParts, "services" | "results">) {
    this.#parts = parts;
    this.#subscription = parts.services.store.onCommit((notice) => {
      if (notice.changeId !== null || notice.remote) this.#wake();
    });
  }

  /**
   * Batches of changes after `after`, or from now on, and the count of pending decisions; with a filter only of processes that it
   * matches, one that stops matching being told as removed. Ends on abort.
   */
  async *follow(options: {
    after?: number;
    filter?: Filter;
    signal: AbortSignal;
  }): AsyncGenerator<readonly FeedPiece[], void, undefined> {
    const { store } = this.#parts.services;
    const newest = await store.processes.lastChange();
    const pending = await store.decisions.countPending();
    // what came before is for the first follower to read; everybody is offered what comes after
    if (this.#followers.size === 0) [this.#cursor, this.#pending] = [newest, pending];
    const start = options.after ?? newest;
    const follower = new FeedFollower(start, (after) => this.#read(after));
    this.#followers.add(follower);
    try {
      if (options.signal.aborted) return;
      yield [{ changeId: start, frame: { type: "decisions", pending } }];
      const narrow = options.filter && narrowTo(options.filter, options.after !== undefined);
      for await (const batch of follower.batches(options.signal)) {
        const shown = narrow ? batch.flatMap(narrow) : batch;
        if (shown.length > 0) yield shown;
      }
    } finally {
      this.#followers.delete(follower);
    }
  }

  /** Stops listening. */
  close(): void {
    this.#subscription[Symbol.dispose]();
  }

  #wake(): void {
    if (this.#followers.size === 0) return;
    this.#again = true;
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = undefined;
    });
  }

  /** Reads what changed and offers it to everybody, until nothing changed meanwhile. Never rejects. */
  async #readOn(): Promise<void> {
    try {
      while (this.#again && this.#followers.size > 0) {
        this.#again = false;
        const pieces = await this.#news();
        for (const follower of this.#followers) follower.offer(pieces);
      }
    } catch (error) {
      this.#parts.services.logger.error({ error: toOptioError(error).message }, "the feed could not be read");
      for (const follower of this.#followers) follower.fallBehind();
    }
  }

  async #news(): Promise<readonly FeedPiece[]> {
    const { store } = this.#parts.services;
    const pending = await store.decisions.countPending();
    const pieces = await this.#read(this.#cursor);
    this.#cursor = pieces.at(-1)?.changeId ?? this.#cursor;
    if (pieces.length >= PAGE) this.#again = true;
    if (pending === this.#pending) return pieces;
    this.#pending = pending;
    return [{ changeId: this.#cursor, frame: { type: "decisions", pending } }, ...pieces];
  }

  /** Changes after a change id, oldest first. */
  async #read(after: number): Promise<readonly FeedPiece[]> {
    const { processes } = this.#parts.services.store;
    const [changed, removed] = await Promise.all([
      processes.changedSince(after, PAGE),
      processes.removedSince(after, PAGE),
    ]);
    const pieces = [
      ...changed.map((record) => this.#toPiece(record)),
      ...removed.map(({ id, changeId }): FeedPiece => ({ changeId, frame: { type: "process.removed", id } })),
    ].sort((a, b) => a.changeId - b.changeId);
    // a full page of the one may end before the other: what comes after it is read next time
    const ends = [changed, removed].filter((page) => page.length === PAGE).map((page) => page.at(-1)?.changeId ?? 0);
    const end = Math.min(...ends);
    return pieces.filter((piece) => piece.changeId <= end);
  }

  #toPiece(record: ProcessRecord): FeedPiece {
    const process = toSummary(record, isLive(this.#parts, record.id));
    return { changeId: record.changeId, frame: { type: "process", process } };
  }
}

/** Shows what the filter matches; `resumed`: the client may show any process from before. */
function narrowTo(filter: Filter, resumed: boolean): (piece: FeedPiece) => readonly FeedPiece[] {
  const shown = new Set<string>();
  return (piece) => {
    const { frame } = piece;
    if (frame.type === "decisions") return [piece];
    const id = frame.type === "process" ? frame.process.id : frame.id;
    if (frame.type === "process" && matchesFilter(filter, subjectOf(frame.process))) {
      shown.add(id);
      return [piece];
    }
    // whoever follows from now on has a list from before: what is gone is told, seen here or not
    const isGone = frame.type === "process.removed";
    return shown.delete(id) || resumed || isGone
      ? [{ changeId: piece.changeId, frame: { type: "process.removed", id } }]
      : [];
  };
}

function subjectOf(process: ProcessSummary) {
  return { ...process, agent: process.session?.agent ?? null, scheduled: process.schedule !== null };
}
