import type { ServerResponse } from "node:http";
import type { Logger } from "@optio/engine";
import { waitOrAbort } from "@optio/engine";
import type { FastifyReply, FastifyRequest } from "fastify";

/** Time between two signs of life on a stream. */
export const PING_MS = 15_000;
/** How long closing waits for streams to say good-bye before their sockets are cut. */
const CLOSE_WAIT_MS = 500;

/** One message of a server-sent event stream; `data` is sent as JSON. */
export interface ServerMessage {
  readonly event: string;
  readonly id?: number;
  readonly data: unknown;
  /** `data` as JSON, where somebody made it already. */
  readonly json?: string | undefined;
  /** The same object in the streams of all who get the very same message: its text is made once for them. */
  readonly sameAs?: object;
}

/** What a stream sends and whether it may go on. */
export interface StreamSource {
  /** What is ready, as much at once as there is. Contract: ends or throws soon after the signal aborts; is pulled only as fast as the client reads. */
  messages(signal: AbortSignal): AsyncIterable<readonly ServerMessage[]>;
  /** Asked at every sign of life; false ends the stream. */
  mayContinue(): Promise<boolean>;
}

/** All open streams of a server. */
export interface EventStreams {
  /** Takes over the reply and streams until the client goes, the source ends or the server closes. Never throws. */
  open(request: FastifyRequest, reply: FastifyReply, source: StreamSource): void;
  /** Ends every stream and refuses new ones. */
  close(): Promise<void>;
}

/** Streams of server-sent events on the raw response, with a comment every `pingMs`. */
export function createEventStreams(options: { readonly logger: Logger; readonly pingMs?: number }): EventStreams {
  const open = new Map<AbortController, Promise<void>>();
  const texts = new MessageTexts();
  let isClosing = false;
  const run = async (reply: FastifyReply, source: StreamSource, stop: AbortController) => {
    const response = reply.raw;
    response.once("close", () => stop.abort());
    response.on("error", () => stop.abort());
    const { signal } = stop;
    response.writeHead(200, { ...plainHeaders(reply), ...STREAM_HEADERS });
    response.write(": open\n\n");
    const timer = setInterval(() => void ping(response, source, stop, options.logger), options.pingMs ?? PING_MS);
    try {
      await pump(response, source.messages(signal), texts, signal);
    } catch (error) {
      if (!signal.aborted) options.logger.error({ error: String(error) }, "an event stream broke");
    } finally {
      clearInterval(timer);
      stop.abort();
      response.end();
    }
  };
  return {
    open: (request, reply, source) => {
      reply.hijack();
      const stop = new AbortController();
      if (isClosing) stop.abort();
      const ended = run(reply, source, stop).finally(() => {
        open.delete(stop);
        options.logger.debug({ path: request.routeOptions.url ?? "" }, "event stream ended");
      });
      open.set(stop, ended);
    },
    close: async () => {
      isClosing = true;
      for (const stop of open.keys()) stop.abort();
      await Promise.race([Promise.allSettled(open.values()), delay(CLOSE_WAIT_MS)]);
    },
  };
}

const STREAM_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  // nginx would hold events back until its buffer is full
  "x-accel-buffering": "no",
};

/** Writes batches as fast as the client reads. Resolves on abort, whatever the source does then. */
async function pump(
  response: ServerResponse,
  batches: AsyncIterable<readonly ServerMessage[]>,
  texts: MessageTexts,
  signal: AbortSignal,
): Promise<void> {
  const write = async () => {
    for await (const batch of batches) {
      if (signal.aborted) return;
      if (!response.write(texts.join(batch))) await drained(response, signal);
    }
  };
  // raced once for the whole stream, not at every message: a source that ignores its signal must not hold up the end
  await waitOrAbort(write(), signal);
}

/** Messages as text, each made once for all streams that send it. */
class MessageTexts {
  readonly #shared = new WeakMap<object, Buffer>();

  join(batch: readonly ServerMessage[]): Buffer {
    const [first] = batch;
    if (batch.length === 1 && first) return this.#textOf(first);
    return Buffer.concat(batch.map((message) => this.#textOf(message)));
  }

  #textOf(message: ServerMessage): Buffer {
    const known = message.sameAs && this.#shared.get(message.sameAs);
    if (known) return known;
    const text = Buffer.from(formatMessage(message));
    if (message.sameAs) this.#shared.set(message.sameAs, text);
    return text;
  }
}

async function ping(
  response: ServerResponse,
  source: StreamSource,
  stop: AbortController,
  logger: Logger,
): Promise<void> {
  try {
    if (!(await source.mayContinue())) return stop.abort();
    // a client that does not read gets its sign of life with what waits for it
    if (!response.writableNeedDrain && !response.writableEnded) response.write(": ping\n\n");
  } catch (error) {
    logger.warn({ error: String(error) }, "an event stream's caller could not be checked");
    stop.abort();
  }
}

function formatMessage({ event, id, data, json = JSON.stringify(data) }: ServerMessage): string {
  const idLine = id === undefined ? "" : `id: ${id}\n`;
  return `event: ${event}\n${idLine}data: ${json}\n\n`;
}

function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  response.once("drain", resolve);
  return waitOrAbort(promise, signal).finally(() => response.off("drain", resolve));
}

function plainHeaders(reply: FastifyReply): Record<string, string> {
  return Object.fromEntries(Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)] as const));
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms).unref());
}
