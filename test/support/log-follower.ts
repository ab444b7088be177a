import type { Envelope, EventOf, EventType, LiveFrame } from "@optio/contract";
import { envelopeSchema, frameSchema, readEventStream } from "@optio/contract";
import { describeLog } from "./describe-log.ts";

const SECOND_MS = 1_000;
const PATIENCE_MS = 50 * SECOND_MS;

export interface FollowerOptions {
  readonly id: string;
  readonly token: string;
  /** Address of the server; while there is none, pending. */
  readonly whenUp: () => Promise<string>;
}

/** What `until` looks for: an event's type, and what else must hold. */
type Wanted<T extends EventType> = { readonly type: T; readonly where?: (event: EventOf<T>) => boolean };

/** A client of a session's stream that connects again with Last-Event-ID whenever its server comes back. */
export class LogFollower implements AsyncDisposable {
  /** Events in the order in which they came. */
  readonly envelopes: Envelope[] = [];
  readonly frames: LiveFrame[] = [];
  /** How often the stream was opened. */
  connections = 0;
  readonly #options: FollowerOptions;
  readonly #stop = new AbortController();
  readonly #wakes = new Set<() => void>();
  readonly #done: Promise<void>;
  #failure: unknown;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#done = this.#follow().catch((error: unknown) => {
      this.#failure = error;
      this.#wake();
    });
  }

  get lastSeq(): number {
    return this.envelopes.at(-1)?.seq ?? 0;
  }

  /** The first such event after seq `after` (default 0), when it has come. @throws Error with the log after 50 s without it. */
  async until<T extends EventType>(wanted: Wanted<T>, after = 0): Promise<EventOf<T> & { readonly seq: number }> {
    return this.#wait(`an event ${wanted.type}${wanted.where ? ` where ${wanted.where}` : ""} after ${after}`, () => {
      for (const { seq, event } of this.envelopes) {
        if (seq > after && isOf(event, wanted.type) && (wanted.where?.(event) ?? true)) return { ...event, seq };
      }
      return undefined;
    });
  }

  /** The first such live frame. @throws Error with the log after 50 s without it. */
  async untilFrame(matches: (frame: LiveFrame) => boolean): Promise<LiveFrame> {
    return this.#wait("a live frame", () => this.frames.find(matches));
  }

  /** Resolves with the log when `count` turns have ended. */
  async untilTurns(count: number): Promise<readonly Envelope[]> {
    const isEnough = () => this.envelopes.filter(({ event }) => event.type === "turn.completed").length >= count;
    return this.#wait(`the end of ${count} turns`, () => (isEnough() ? this.envelopes : undefined));
  }

  /** Resolves when the event of that seq has come. */
  async untilSeq(seq: number): Promise<void> {
    await this.#wait(`event ${seq}`, () => this.lastSeq >= seq || undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #wait<T>(what: string, find: () => T | undefined): Promise<T> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const found = find();
      if (found !== undefined) return found;
      if (deadline.aborted) throw new Error(`waited for ${what}; the log is:\n${describeLog(this.envelopes)}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wakes.add(resolve);
      deadline.addEventListener("abort", () => resolve(), { once: true });
      await promise;
      this.#wakes.delete(resolve);
    }
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    const stopped = new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined)));
    while (!signal.aborted) {
      const url = await Promise.race([this.#options.whenUp(), stopped]);
      if (url === undefined) return;
      await this.#read(url, signal);
    }
  }

  /** Reads until the connection ends; that the server is gone is no failure. */
  async #read(url: string, signal: AbortSignal): Promise<void> {
    const { id, token } = this.#options;
    const headers = { authorization: `Bearer ${token}`, "last-event-id": String(this.lastSeq) };
    const answer = await fetch(`${url}/api/sessions/${id}/events`, { headers, signal }).catch(() => undefined);
    if (!answer) return;
    if (!answer.ok) throw new Error(`the stream was refused: ${answer.status} ${await answer.text()}`);
    this.connections += 1;
    try {
      for await (const message of readEventStream(answer)) {
        if (message.event === "durable") this.#take(envelopeSchema.parse(JSON.parse(message.data)), message.id);
        else if (message.event === "live") this.frames.push(frameSchema.parse(JSON.parse(message.data)));
        this.#wake();
      }
    } catch (error) {
      if (error instanceof StreamProblem) throw error;
    }
  }

  #take(envelope: Envelope, id: string | undefined): void {
    if (id !== String(envelope.seq) || envelope.seq !== this.lastSeq + 1)
      throw new StreamProblem(`event ${envelope.seq} with id ${id} came after ${this.lastSeq}`);
    this.envelopes.push(envelope);
  }
}

class StreamProblem extends Error {}

function isOf<T extends EventType>(event: Envelope["event"], type: T): event is EventOf<T> {
  return event.type === type;
}
