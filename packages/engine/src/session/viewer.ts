import type { Envelope, LiveFrame } from "@optio/contract";

/** A piece of a session's stream: a stored event or a live frame. */
export type StreamPiece =
  | { readonly kind: "durable"; readonly envelope: Envelope }
  | { readonly kind: "live"; readonly frame: LiveFrame };

/** Most pieces that wait for a viewer before it is dropped to a catch-up. */
export const MAX_WAITING_PIECES = 5_000;
/** Most characters of live text that wait for a viewer. */
export const MAX_WAITING_CHARS = 2 * 1024 * 1024;
const PAGE = 500;

export interface ViewerSource {
  /** Stored events with seq > after, ascending. */
  readonly read: (after: number, limit: number) => Promise<Envelope[]>;
  /** The text so far of open items. */
  readonly snapshot: () => LiveFrame[];
}

/** One attached client: events after its seq, then the text so far of open items, then live; bounded, whatever its pace. */
export class Viewer {
  readonly #source: ViewerSource;
  #cursor: number;
  #waiting: StreamPiece[] = [];
  #waitingChars = 0;
  /** Events must be read from the store before anything else is shown. */
  #behind = true;
  /** Live frames mean nothing until the text so far was sent. */
  #needsSnapshot = true;
  #wake = Promise.withResolvers<void>();

  constructor(source: ViewerSource, after: number) {
    this.#source = source;
    this.#cursor = after;
  }

  /** Offers a piece as it happens. */
  offer(piece: StreamPiece): void {
    if (this.#behind) {
      // the store has the event, the snapshot will have the text
      this.#wake.resolve();
      return;
    }
    if (piece.kind === "live") {
      if (this.#needsSnapshot) return;
      this.#waitingChars +=
        piece.frame.frame === "item.delta"
          ? piece.frame.append.length
          : piece.frame.text.length + piece.frame.output.length;
    }
    this.#waiting.push(piece);
    if (this.#waiting.length > MAX_WAITING_PIECES || this.#waitingChars > MAX_WAITING_CHARS) this.#fallBehind();
    this.#wake.resolve();
  }

  /** The text so far must be sent again: another owner of it came or went. */
  refresh(): void {
    this.#needsSnapshot = true;
    this.#waiting = this.#waiting.filter((piece) => piece.kind === "durable");
    this.#wake.resolve();
  }

  /** Pieces in order, until the signal aborts. */
  async *pieces(signal: AbortSignal): AsyncGenerator<StreamPiece, void, undefined> {
    const stop = () => this.#wake.resolve();
    signal.addEventListener("abort", stop, { once: true });
    try {
      while (!signal.aborted) {
        if (this.#behind) yield* this.#catchUp(signal);
        else if (this.#waiting.length > 0) yield* this.#drain(signal);
        else if (this.#needsSnapshot) yield* this.#showText();
        else await this.#sleep();
      }
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  async *#catchUp(signal: AbortSignal): AsyncGenerator<StreamPiece, void, undefined> {
    for (;;) {
      // from here on events are kept; those that the page has too are skipped by their seq
      this.#behind = false;
      const page = await this.#source.read(this.#cursor, PAGE);
      if (page.length === PAGE) this.#fallBehind();
      for (const envelope of page) {
        if (signal.aborted) return;
        this.#cursor = envelope.seq;
        yield { kind: "durable", envelope };
      }
      if (page.length < PAGE) return;
    }
  }

  *#drain(signal: AbortSignal): Generator<StreamPiece, void, undefined> {
    const pieces = this.#waiting;
    this.#waiting = [];
    this.#waitingChars = 0;
    for (const piece of pieces) {
      if (signal.aborted) return;
      if (piece.kind === "durable") {
        if (piece.envelope.seq <= this.#cursor) continue;
        if (piece.envelope.seq > this.#cursor + 1) {
          this.#fallBehind();
          return;
        }
        this.#cursor = piece.envelope.seq;
      } else if (this.#needsSnapshot) continue;
      yield piece;
    }
  }

  *#showText(): Generator<StreamPiece, void, undefined> {
    // in one turn of the event loop: no frame can come between the snapshot and what follows it
    this.#needsSnapshot = false;
    for (const frame of this.#source.snapshot()) yield { kind: "live", frame };
  }

  async #sleep(): Promise<void> {
    await this.#wake.promise;
    this.#wake = Promise.withResolvers<void>();
  }

  #fallBehind(): void {
    this.#behind = true;
    this.#needsSnapshot = true;
    this.#waiting = [];
    this.#waitingChars = 0;
  }
}
