import type { FeedPiece } from "./engine.ts";

/** Most changes that wait for a follower before it reads the store itself. */
const MAX_WAITING = 2_000;

/** One who follows the feed: reads the store until it has caught up, then takes what everybody is offered; bounded, whatever its pace. */
export class FeedFollower {
  readonly #read: (after: number) => Promise<readonly FeedPiece[]>;
  #cursor: number;
  #waiting: FeedPiece[] = [];
  #behind = true;
  #wake = Promise.withResolvers<void>();

  /** `read` gives the changes after a change id, oldest first, none when there are none. */
  constructor(after: number, read: (after: number) => Promise<readonly FeedPiece[]>) {
    this.#cursor = after;
    this.#read = read;
  }

  /** Offers what changed. */
  offer(pieces: readonly FeedPiece[]): void {
    this.#waiting.push(...pieces);
    if (this.#waiting.length > MAX_WAITING) this.fallBehind();
    else this.#wake.resolve();
  }

  /** Something may be missing in what was offered. */
  fallBehind(): void {
    this.#behind = true;
    // counts are not in the store's changes
    this.#waiting = this.#waiting.filter(({ frame }) => frame.type === "decisions").slice(-1);
    this.#wake.resolve();
  }

  /** What is ready, in order and never empty, until the signal aborts. */
  async *batches(signal: AbortSignal): AsyncGenerator<readonly FeedPiece[], void, undefined> {
    const stop = () => this.#wake.resolve();
    signal.addEventListener("abort", stop, { once: true });
    try {
      while (!signal.aborted) {
        const batch = this.#behind ? await this.#catchUp() : this.#take();
        if (batch.length > 0) yield batch;
        else if (!this.#behind) await this.#sleep();
      }
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  async #catchUp(): Promise<readonly FeedPiece[]> {
    const page = await this.#read(this.#cursor);
    // what is committed after this look is offered
    if (page.length === 0) this.#behind = false;
    this.#cursor = page.at(-1)?.changeId ?? this.#cursor;
    return page;
  }

  #take(): readonly FeedPiece[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    const taken: FeedPiece[] = [];
    for (const piece of waiting) {
      if (piece.changeId > this.#cursor) this.#cursor = piece.changeId;
      else if (piece.frame.type !== "decisions") continue;
      // a count is of now, wherever this follower stands
      taken.push(piece.changeId === this.#cursor ? piece : { ...piece, changeId: this.#cursor });
    }
    return taken;
  }

  async #sleep(): Promise<void> {
    await this.#wake.promise;
    this.#wake = Promise.withResolvers<void>();
  }
}
