import type { Duplex } from "node:stream";
import { OptioError } from "@optio/contract";
import type { ClientOptions, RawData } from "ws";
import { WebSocket } from "ws";
import { z } from "zod";
import type { ClientRequest } from "./protocol/ClientRequest";

/** Name of a request that a client may make. */
export type ClientMethod = ClientRequest["method"];
/** What a request of that name carries. */
export type ParamsOf<M extends ClientMethod> = Extract<ClientRequest, { method: M }>["params"];
/** Codex counts its own requests; the same request keeps its id when it is sent again. */
export type RpcId = string | number;

/** Receives what the server sends by itself. Contract: neither function throws; both are called in the order of arrival. */
export interface RpcHandlers {
  onNotification(method: string, params: unknown): void;
  onRequest(id: RpcId, method: string, params: unknown): void;
  /** A frame that is no message; the connection stays. */
  onMalformed(problem: string): void;
}

export interface RpcClientOptions {
  readonly handlers: RpcHandlers;
  /** Aborts the opening only. */
  readonly signal: AbortSignal;
  /** For the opening; default for each request is `requestTimeoutMs`. */
  readonly timeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Largest message taken from the server; default 512 MiB. */
  readonly maxMessageBytes?: number;
}

interface Pending {
  readonly method: string;
  settle(outcome: { result: unknown } | { error: Error }): void;
}

const MIB = 1024 * 1024;
/** How long a server that reads nothing may hold up closing. */
const FLUSH_MS = 1000;
/** The server refuses frames of 16 MiB; a message may have several. */
const MAX_FRAME_BYTES = MIB;

type Message = z.infer<typeof messageSchema>;

const idSchema = z.union([z.string(), z.number()]);
const messageSchema = z.looseObject({
  id: idSchema.optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ message: z.string(), code: z.number().optional() }).optional(),
});

/**
 * Opens the protocol over a byte stream and takes charge of it: WebSocket text frames, one JSON message each, without a
 * `jsonrpc` member. Resolves when requests may be made.
 * @throws `agent-unresponsive` when the server does not greet in time, `agent-closed` when it hangs up, or the abort reason.
 */
export async function openRpcClient(stream: Duplex, options: RpcClientOptions): Promise<RpcClient> {
  const socket = new WebSocket("ws://localhost/", socketOptions(stream, options));
  const client = new RpcClient(socket, options);
  try {
    await client.waitForOpen(options.signal, options.timeoutMs);
    return client;
  } catch (error) {
    client.terminate();
    stream.destroy();
    throw error;
  }
}

function socketOptions(stream: Duplex, options: RpcClientOptions): ClientOptions {
  const settings: ClientOptions = {
    perMessageDeflate: false,
    followRedirects: false,
    maxPayload: options.maxMessageBytes ?? 512 * MIB,
  };
  // the library's type wants a TCP socket; any byte stream works
  return Object.assign(settings, { createConnection: () => stream });
}

/** Requests and answers over one WebSocket. Made by `openRpcClient`. */
export class RpcClient {
  /** Settles when the connection is over. */
  readonly closed: Promise<{ reason: string }>;
  readonly #socket: WebSocket;
  readonly #handlers: RpcHandlers;
  readonly #requestTimeoutMs: number;
  readonly #pending = new Map<RpcId, Pending>();
  #lastId = 0;
  #closeReason: string | undefined;
  #failure: string | undefined;

  constructor(socket: WebSocket, options: RpcClientOptions) {
    this.#socket = socket;
    this.#handlers = options.handlers;
    this.#requestTimeoutMs = options.requestTimeoutMs;
    socket.on("message", (data) => this.#receive(textOf(data)));
    socket.on("error", (error) => {
      this.#failure = error.message;
    });
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, words) => {
        this.#closeReason = this.#failure ?? `closed with ${code}${words.length > 0 ? ` ${words.toString()}` : ""}`;
        this.#rejectAll(this.#closeReason);
        resolve({ reason: this.#closeReason });
      });
    });
  }

  /** Resolves when the server took the upgrade. */
  waitForOpen(signal: AbortSignal, timeoutMs: number): Promise<void> {
    return this.#wait("the connection", { signal, timeoutMs }, (settle) => {
      this.#socket.once("open", () => settle({ result: undefined }));
      void this.closed.then(({ reason }) => settle({ error: closedError("opening the connection", reason) }));
      return () => undefined;
    }).then(() => undefined);
  }

  /**
   * Makes a request and resolves with its raw result.
   * @throws `agent-refused` with codex's words, `agent-closed`, `agent-unresponsive` after `timeoutMs`, or the abort reason.
   */
  request<M extends ClientMethod>(
    method: M,
    params: ParamsOf<M>,
    options: { signal?: AbortSignal | undefined; timeoutMs?: number } = {},
  ): Promise<unknown> {
    if (this.#closeReason !== undefined) return Promise.reject(closedError(method, this.#closeReason));
    const id = ++this.#lastId;
    const limits = { timeoutMs: this.#requestTimeoutMs, ...options };
    return this.#wait(`${method}`, limits, (settle) => {
      this.#pending.set(id, { method, settle });
      this.#send({ id, method, params });
      return () => this.#pending.delete(id);
    });
  }

  /** Tells the server something that has no answer. */
  notify(method: "initialized"): void {
    this.#send({ method });
  }

  /** Answers a request of the server; nothing happens when the connection is over. */
  respond(id: RpcId, result: unknown): void {
    this.#send({ id, result });
  }

  /** Refuses a request of the server. */
  respondError(id: RpcId, message: string): void {
    this.#send({ id, error: { code: -32601, message } });
  }

  /** Closes the connection once everything written is out; the server and its threads live on. Resolves when it is over. */
  async close(): Promise<void> {
    this.#failure ??= "closed by us";
    const timer = setTimeout(() => this.#socket.terminate(), FLUSH_MS);
    // codex does not answer the closing handshake, so nothing is gained by waiting for it
    if (this.#socket.readyState === WebSocket.OPEN)
      this.#socket.ping(undefined, undefined, () => this.#socket.terminate());
    else this.#socket.terminate();
    await this.closed;
    clearTimeout(timer);
  }

  /** Drops the connection at once. */
  terminate(): void {
    this.#socket.terminate();
  }

  #send(message: object): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const text = JSON.stringify(message);
    if (text.length < MAX_FRAME_BYTES / 4) {
      this.#socket.send(text);
      return;
    }
    const bytes = Buffer.from(text);
    for (let start = 0; start < bytes.length; start += MAX_FRAME_BYTES) {
      const end = start + MAX_FRAME_BYTES;
      this.#socket.send(bytes.subarray(start, end), { binary: false, fin: end >= bytes.length });
    }
  }

  #receive(text: string): void {
    const message = readMessage(text);
    if (typeof message === "string") this.#handlers.onMalformed(message);
    else if (message.method === undefined) this.#settle(message);
    else if (message.id === undefined) this.#handlers.onNotification(message.method, message.params);
    else this.#handlers.onRequest(message.id, message.method, message.params);
  }

  #settle(message: Message): void {
    const { id } = message;
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (!pending) return;
    if (message.error) pending.settle({ error: refusedError(pending.method, message.error) });
    else pending.settle({ result: message.result });
  }

  #rejectAll(reason: string): void {
    for (const pending of [...this.#pending.values()]) {
      pending.settle({ error: closedError(pending.method, reason) });
    }
  }

  #wait(
    what: string,
    limits: { signal?: AbortSignal | undefined; timeoutMs: number },
    start: (settle: Pending["settle"]) => () => unknown,
  ): Promise<unknown> {
    const { signal, timeoutMs } = limits;
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const onAbort = () => settle({ error: signal?.reason });
      const timer = setTimeout(() => settle({ error: unresponsiveError(what, timeoutMs) }), timeoutMs);
      const settle: Pending["settle"] = (outcome) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        stop();
        if ("error" in outcome) reject(outcome.error);
        else resolve(outcome.result);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const stop = start(settle);
    });
  }
}

function readMessage(text: string): Message | string {
  try {
    const result = messageSchema.safeParse(JSON.parse(text));
    return result.success ? result.data : `a message of an unknown form: ${excerpt(text)}`;
  } catch {
    return `a message that is not JSON: ${excerpt(text)}`;
  }
}

function excerpt(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text;
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return data instanceof ArrayBuffer ? Buffer.from(data).toString("utf8") : data.toString("utf8");
}

function closedError(what: string, reason: string): OptioError {
  return new OptioError("agent-closed", `the connection to codex ended during ${what}: ${reason}`);
}

function unresponsiveError(what: string, timeoutMs: number): OptioError {
  return new OptioError("agent-unresponsive", `codex did not answer ${what} within ${timeoutMs} ms`);
}

function refusedError(method: string, error: { message: string; code?: number | undefined }): OptioError {
  return new OptioError("agent-refused", `codex refused ${method}: ${error.message}`, {
    data: { method, agentMessage: error.message, ...(error.code === undefined ? {} : { agentCode: error.code }) },
  });
}
