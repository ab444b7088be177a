import type { Envelope, LiveFrame } from "@optio/contract";
import type { ServerUnderTest } from "./server-under-test.ts";

/** One viewer of one session, as a browser would be: creates it, watches its stream, sends messages. */
export class OurSession {
  readonly id: string;
  readonly firstTextMs: Promise<number>;
  readonly #server: ServerUnderTest;
  readonly #stop = new AbortController();
  #onText: (() => void) | undefined;
  #onTurnEnd: (() => void) | undefined;

  /** Creates a session with a prompt and watches it; `firstTextMs` counts from the request. */
  static async create(server: ServerUnderTest, codexConfig: object, prompt: string): Promise<OurSession> {
    const startedAt = performance.now();
    const { id } = await server.api("POST", "/sessions", { agent: "codex", prompt, codexConfig });
    return new OurSession(server, String(id), startedAt);
  }

  private constructor(server: ServerUnderTest, id: string, startedAt: number) {
    this.#server = server;
    this.id = id;
    const ended = this.#nextTurnEnd();
    const text = this.#nextText().then(() => performance.now() - startedAt);
    this.firstTextMs = Promise.all([text, ended]).then(([ms]) => ms);
    void this.#watch().catch(() => undefined);
  }

  /** Sends a message; resolves with the ms to its first text, after the turn has ended. */
  async turn(text: string): Promise<number> {
    const startedAt = performance.now();
    const seen = this.#nextText().then(() => performance.now() - startedAt);
    const ended = this.#nextTurnEnd();
    await this.#server.api("POST", `/sessions/${this.id}/turns`, { text });
    const ms = await seen;
    await ended;
    return ms;
  }

  /** Ends the session. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#server.api("POST", `/sessions/${this.id}/close`, {});
  }

  #nextText(): Promise<void> {
    return new Promise((resolve) => {
      this.#onText = resolve;
    });
  }

  #nextTurnEnd(): Promise<void> {
    return new Promise((resolve) => {
      this.#onTurnEnd = resolve;
    });
  }

  async #watch(): Promise<void> {
    for await (const { event, data } of this.#server.stream(this.id, 0, this.#stop.signal)) {
      if (event === "live") this.#live(JSON.parse(data) as LiveFrame);
      if (event === "durable") this.#durable(JSON.parse(data) as Envelope);
    }
  }

  #live(frame: LiveFrame): void {
    const text = frame.frame === "item.delta" ? frame.channel === "text" : frame.text !== "";
    if (text) this.#onText?.();
  }

  #durable({ event }: Envelope): void {
    // text that was whole before this viewer attached
    if (event.type === "item.completed" && event.item.kind === "agentMessage") this.#onText?.();
    if (event.type === "turn.completed") this.#onTurnEnd?.();
  }
}
