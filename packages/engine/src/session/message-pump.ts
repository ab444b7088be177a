import type { MessageMode } from "@optio/contract";
import { OptioError, toOptioError } from "@optio/contract";
import type { AgentConnection } from "../agent/agent-kind.ts";
import type { Clock } from "../kernel/clock.ts";
import { newId } from "../kernel/random.ts";
import { Serial } from "../kernel/serial.ts";
import type { OwnerTransaction, StoredMessage } from "../store/store.ts";
import type { Board } from "./board.ts";
import { queueEvent } from "./queue-event.ts";

/** Most messages that may wait in one session. */
export const MAX_QUEUED = 200;

/** Failures after which a message is not sent again as it is: it would be refused again. */
const REFUSALS: ReadonlySet<string> = new Set(["agent-refused", "no-active-turn", "too-large"]);

export interface PumpTimings {
  /** How long a message may go without its item before the thread is searched for it (design §6). */
  readonly searchAfterMs: number;
  readonly requestTimeoutMs: number;
}

export interface MessagePumpOptions {
  readonly board: Board;
  readonly clock: Clock;
  readonly timings: PumpTimings;
  /** The present connection and thread; undefined while there is none. */
  readonly link: () => { connection: AgentConnection; threadId: string } | undefined;
  /** Reads what the agent remembers into the journal, which marks messages that arrived. */
  readonly search: () => Promise<void>;
  readonly onTrouble: (error: OptioError) => void;
}

/** A message as its sender gets it back. */
export interface Submitted {
  readonly messageId: string;
  readonly state: "queued" | "sending" | "sent";
  readonly turnId?: string;
}

/** Sends messages one after the other, each until its userMessage item was seen. */
export class MessagePump {
  readonly #options: MessagePumpOptions;
  readonly #serial = new Serial();
  /** The message on its way, while its item has not been seen. */
  #inFlight: { readonly messageId: string; readonly timer: AbortController } | undefined;

  constructor(options: MessagePumpOptions) {
    this.#options = options;
  }

  /**
   * Stores a message and sends it as soon as its mode allows.
   * @throws `no-active-turn` for a steer while idle, `queue-full`.
   */
  async submit(text: string, mode: MessageMode): Promise<Submitted> {
    const messageId = newId("msg");
    const direct = await this.#options.board.commit((tx) => this.#enqueue(tx, messageId, text, mode));
    if (!direct) return { messageId, state: "queued" };
    const turnId = await this.#serial.run(() => this.#deliver(direct));
    return { messageId, state: "sending", ...(turnId ? { turnId } : {}) };
  }

  /** Sends what may be sent now. Call it whenever the session became idle, live or logged in. */
  kick(): void {
    void this.#serial.run(() => this.#next()).catch((error: unknown) => this.#options.onTrouble(toOptioError(error)));
  }

  /** The item of a message was seen. */
  seen(messageId: string): void {
    if (this.#inFlight?.messageId !== messageId) return;
    this.#inFlight.timer.abort();
    this.#inFlight = undefined;
    this.kick();
  }

  /** The connection is gone: whatever was on its way is searched for after the next one. */
  disconnected(): void {
    this.#inFlight?.timer.abort();
    this.#inFlight = undefined;
  }

  /** Settles messages that were on their way when an earlier connection ended; call it after the history was recorded. */
  async recover(): Promise<void> {
    await this.#serial.run(() => this.#requeueLost());
    this.kick();
  }

  /** A turn ended: a message whose item never came is searched for, then the queue goes on. */
  turnEnded(): void {
    if (this.#inFlight) void this.#searchInFlight();
    else this.kick();
  }

  /** @throws `not-found`, `already-sent`. */
  async edit(messageId: string, text: string): Promise<Submitted> {
    await this.#change(messageId, (tx) => tx.setMessage(messageId, { text }));
    return { messageId, state: "queued" };
  }

  /** @throws `not-found`, `already-sent`. */
  async drop(messageId: string): Promise<void> {
    await this.#change(messageId, (tx) => tx.removeMessage(messageId));
  }

  /** Returns the message when it may leave at once. */
  async #enqueue(
    tx: OwnerTransaction,
    messageId: string,
    text: string,
    mode: MessageMode,
  ): Promise<StoredMessage | undefined> {
    const { board, clock } = this.#options;
    if (mode === "steer" && !board.activeTurnId)
      throw new OptioError("no-active-turn", "no turn is running that could be steered; send it without mode 'steer'");
    const unsent = await tx.unsentMessages();
    if (unsent.length >= MAX_QUEUED)
      throw new OptioError("queue-full", `${unsent.length} messages wait already, the most there may be`);
    const sending = unsent.some((message) => message.state === "sending");
    const idle = !board.activeTurnId && unsent.length === 0;
    const free = this.#isOpen() && !this.#inFlight && !sending && (mode === "steer" || idle);
    await tx.putMessage({
      messageId,
      text,
      mode,
      state: free ? "sending" : "queued",
      origin: "person",
      createdAt: clock.now(),
      turnId: null,
    });
    await tx.append(await queueEvent(tx));
    return free ? await tx.findMessage(messageId) : undefined;
  }

  async #change(messageId: string, change: (tx: OwnerTransaction) => Promise<boolean>): Promise<void> {
    await this.#options.board.commit(async (tx) => {
      const known = await tx.findMessage(messageId);
      if (!known) throw new OptioError("not-found", `no message '${messageId}' in this run of the session`);
      if (known.state !== "queued") throw new OptioError("already-sent", `message '${messageId}' is ${known.state}`);
      await change(tx);
      await tx.append(await queueEvent(tx));
    });
  }

  #isOpen(): boolean {
    const { board, link } = this.#options;
    return board.live && !board.loginRequired && !board.ended && link() !== undefined;
  }

  async #next(): Promise<void> {
    if (!this.#isOpen() || this.#inFlight) return;
    const message = await this.#options.board.commit((tx) => this.#pick(tx));
    if (message) await this.#deliver(message);
  }

  /** The next message that may go, marked as sending before the call. */
  async #pick(tx: OwnerTransaction): Promise<StoredMessage | undefined> {
    const busy = this.#options.board.activeTurnId !== null;
    const queued = await tx.unsentMessages();
    // one at a time: the order of messages is the order of their items
    if (queued.some((message) => message.state === "sending")) return undefined;
    const message = busy ? queued.find((candidate) => candidate.mode === "steer") : queued[0];
    if (!message) return undefined;
    await tx.setMessage(message.messageId, { state: "sending" });
    return message;
  }

  /** Hands a message to the agent. Its reply is no receipt: the message stays `sending` until its item is seen. */
  async #deliver(message: StoredMessage): Promise<string | undefined> {
    const link = this.#options.link();
    if (!link) return undefined;
    const timer = new AbortController();
    this.#inFlight = { messageId: message.messageId, timer };
    const { connection, threadId } = link;
    const signal = AbortSignal.timeout(this.#options.timings.requestTimeoutMs);
    const activeTurnId = this.#options.board.activeTurnId;
    try {
      const request = { threadId, text: message.text, messageId: message.messageId };
      const steer = message.mode === "steer" && activeTurnId !== null;
      if (steer) await connection.steer({ ...request, turnId: activeTurnId }, signal);
      const { turnId } = steer ? { turnId: activeTurnId } : await connection.startTurn(request, signal);
      this.#armSearch(message.messageId, timer);
      return turnId;
    } catch (error) {
      const known = toOptioError(error);
      if (REFUSALS.has(known.code)) await this.#refused(message, known);
      // it may have arrived all the same; when the connection is over, whoever watches it has it looked for after the next one
      else this.#armSearch(message.messageId, timer);
      return undefined;
    }
  }

  #armSearch(messageId: string, timer: AbortController): void {
    this.#options.clock.sleep(this.#options.timings.searchAfterMs, timer.signal).then(
      () => {
        if (this.#inFlight?.messageId === messageId) void this.#searchInFlight();
      },
      () => undefined,
    );
  }

  /** Looks for the message on its way in the thread; absent and idle: it goes again, absent and busy: looked for later. */
  async #searchInFlight(): Promise<void> {
    const looking = this.#inFlight;
    if (!looking) return;
    try {
      await this.#options.search();
    } catch (error) {
      this.#options.onTrouble(toOptioError(error));
      if (this.#inFlight === looking) this.#armSearch(looking.messageId, looking.timer);
      return;
    }
    if (this.#inFlight !== looking) return;
    if (this.#options.board.activeTurnId) return this.#armSearch(looking.messageId, looking.timer);
    this.disconnected();
    await this.recover();
  }

  /** A message still `sending` was not in the thread: it goes back, a dropped steer as an ordinary message. */
  async #requeueLost(): Promise<void> {
    const { board } = this.#options;
    if (board.activeTurnId) return this.#watchLost();
    await board.commit(async (tx) => {
      const lost = (await tx.unsentMessages()).filter((message) => message.state === "sending");
      for (const message of lost)
        await tx.setMessage(message.messageId, {
          state: "queued",
          mode: message.mode === "steer" ? "queue" : message.mode,
        });
      if (lost.length > 0) await tx.append(await queueEvent(tx));
    });
  }

  /** The turn runs on, and the item may still come: it counts as on its way. */
  async #watchLost(): Promise<void> {
    const lost = await this.#options.board.commit(async (tx) =>
      (await tx.unsentMessages()).find((message) => message.state === "sending"),
    );
    if (!lost || this.#inFlight) return;
    const timer = new AbortController();
    this.#inFlight = { messageId: lost.messageId, timer };
    this.#armSearch(lost.messageId, timer);
  }

  async #refused(message: StoredMessage, error: OptioError): Promise<void> {
    this.disconnected();
    await this.#options.board.commit(async (tx) => {
      if (error.code === "no-active-turn") await tx.setMessage(message.messageId, { state: "queued", mode: "queue" });
      else {
        await tx.removeMessage(message.messageId);
        await tx.append({
          type: "warning",
          code: error.code,
          message: `the agent refused a message: ${error.message}`,
        });
      }
      await tx.append(await queueEvent(tx));
    });
    this.kick();
  }
}
