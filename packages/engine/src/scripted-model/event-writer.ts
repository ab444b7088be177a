import type { ServerResponse } from "node:http";

const FLUSH_AT_CHARS = 64 * 1024;

/**
 * Writes one reply as server-sent events, numbered from 0.
 *
 * Events are collected and leave in one piece at `flush` or at 64 Ki characters: a reply without pauses costs one write.
 */
export class EventWriter {
  readonly #response: ServerResponse;
  readonly #signal: AbortSignal;
  #pending = "";
  #sequenceNumber = 0;

  /** `signal` ends all waiting for a slow reader. */
  constructor(response: ServerResponse, signal: AbortSignal) {
    this.#response = response;
    this.#signal = signal;
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  }

  /** Adds one event; waits only when the reader is slow. */
  async event(type: string, data: Record<string, unknown>): Promise<void> {
    const text = JSON.stringify({ type, sequence_number: this.#sequenceNumber++, ...data });
    this.#pending += `event: ${type}\ndata: ${text}\n\n`;
    if (this.#pending.length >= FLUSH_AT_CHARS) await this.flush();
  }

  /** Sends what was collected. Rejects with the signal's reason on abort. */
  async flush(): Promise<void> {
    this.#signal.throwIfAborted();
    const text = this.#pending;
    this.#pending = "";
    if (text === "" || this.#response.write(text)) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const abort = () => reject(this.#signal.reason);
    this.#response.once("drain", resolve);
    this.#signal.addEventListener("abort", abort, { once: true });
    await promise.finally(() => {
      this.#response.off("drain", resolve);
      this.#signal.removeEventListener("abort", abort);
    });
  }

  /** Sends the rest and ends the reply. */
  end(): void {
    this.#response.end(this.#pending);
    this.#pending = "";
  }

  /** Sends what was collected, then cuts the connection without an end. */
  async cut(): Promise<void> {
    await this.flush();
    this.#response.destroy();
  }
}
