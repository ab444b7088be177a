import type { Envelope, LiveFrame } from "@optio/contract";

/** A piece of a session's stream: a stored event or a live frame; `json` is that as JSON, made once for all who watch. */
export type StreamPiece =
  | { readonly kind: "durable"; readonly seq?: number; readonly envelope: Envelope; readonly json?: string }
  | { readonly kind: "live"; readonly frame: LiveFrame; readonly json?: string };

/** Most pieces that wait for a viewer before it is dropped to a catch-up. */
export const MAX_WAITING_PIECES = 5_000;
/** Most characters of text that wait for a viewer. */
export const MAX_WAITING_CHARS = 2 * 1024 * 1024;
const PAGE = 500;

export interface ViewerSource {
  /** Stored events with seq > after, ascending, as the JSON of their envelopes. */
  readonly read: (after: number, limit: number) => Promise<readonly { readonly seq: number; readonly json: string }[]>;
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
    if (piece.kind === "live" && this.#needsSnapshot) return;
    this.#waitingChars += charsOf(piece);
    this.#waiting.push(piece);
    if (this.#waiting.length > MAX_WAITING_PIECES || this.#waitingChars > MAX_WAITING_CHARS) this.#fallBehind();
    this.#wake.resolve();
  }

  /** There may be events that were not offered: another OS process wrote them. */
  lookAgain(): void {
    this.#fallBehind();
    this.#wake.resolve();
  }

  /** The text so far must be sent again: another owner of it came or went. */
  refresh(): void {
    this.#needsSnapshot = true;
    this.#waiting = this.#waiting.filter((piece) => piece.kind === "durable");
    this.#wake.resolve();
  }

  /** What is ready, in order and never empty, until the signal aborts: one batch for each time that the consumer asks. The hooks run when the consumer begins and when it has ended. */
  async *batches(
    signal: AbortSignal,
    hooks: { readonly begin?: () => void; readonly end?: () => void } = {},
  ): AsyncGenerator<readonly StreamPiece[], void, undefined> {
    const stop = () => this.#wake.resolve();
    signal.addEventListener("abort", stop, { once: true });
    try {
      hooks.begin?.();
      while (!signal.aborted) {
        const batch = this.#behind ? await this.#readOn() : this.#takeWaiting();
        if (batch.length > 0 && !signal.aborted) yield batch;
        else if (this.#isQuiet()) await this.#sleep();
      }
    } finally {
      signal.removeEventListener("abort", stop);
      hooks.end?.();
    }
  }

  #isQuiet(): boolean {
    return !this.#behind && this.#waiting.length === 0 && !this.#needsSnapshot;
  }

  /** The next page of stored events. */
  async #readOn(): Promise<readonly StreamPiece[]> {
    // from here on events are kept; those that the page has too are skipped by their seq
    this.#behind = false;
    const page = await this.#source.read(this.#cursor, PAGE);
    if (page.length === PAGE) this.#fallBehind();
    this.#cursor = page.at(-1)?.seq ?? this.#cursor;
    return page.map(({ seq, json }) => new StoredPiece(seq, json));
  }

  /** What waits; the text so far once nothing does. */
  #takeWaiting(): readonly StreamPiece[] {
    if (this.#waiting.length === 0) return this.#needsSnapshot ? this.#showText() : [];
    const pieces = this.#waiting;
    this.#waiting = [];
    this.#waitingChars = 0;
    const batch: StreamPiece[] = [];
    for (const piece of pieces) {
      if (piece.kind === "durable") {
        if (piece.envelope.seq <= this.#cursor) continue;
        if (piece.envelope.seq > this.#cursor + 1) {
          this.#fallBehind();
          break;
        }
        this.#cursor = piece.envelope.seq;
      } else if (this.#needsSnapshot) continue;
      batch.push(piece);
    }
    return batch;
  }

  /** In one turn of the event loop: no frame can come between the snapshot and what follows it. */
  #showText(): readonly StreamPiece[] {
    this.#needsSnapshot = false;
    return this.#source.snapshot().map((frame) => ({ kind: "live", frame }));
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

/** A stored event that is parsed only when somebody looks into it. */
class StoredPiece {
  readonly kind = "durable";
  readonly seq: number;
  readonly json: string;
  #envelope: Envelope | undefined;

  constructor(seq: number, json: string) {
    this.seq = seq;
    this.json = json;
  }

  get envelope(): Envelope {
    this.#envelope ??= envelopeOf(this.json);
    return this.#envelope;
  }
}

/** Trusted: the store wrote it under the type. */
function envelopeOf(json: string): Envelope {
  return JSON.parse(json);
}

/** The pieces of batches one by one. */
export async function* eachPiece(
  batches: AsyncIterable<readonly StreamPiece[]>,
  signal: AbortSignal,
): AsyncGenerator<StreamPiece, void, undefined> {
  for await (const batch of batches) {
    for (const piece of batch) {
      if (signal.aborted) return;
      yield piece;
    }
  }
}

function charsOf(piece: StreamPiece): number {
  if (piece.json !== undefined) return piece.json.length;
  if (piece.kind === "durable") return 0;
  const { frame } = piece;
  return frame.frame === "item.delta" ? frame.append.length : frame.text.length + frame.output.length;
}
