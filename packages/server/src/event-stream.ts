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
  readonly data?: unknown;
  /** Instead of `data`, where somebody made its JSON already. */
  readonly json?: string | undefined;
}

/** What a stream sends and whether it may go on. */
export interface StreamSource<P extends object> {
  /**
   * What is ready, as much at once as there is; a piece that goes to many streams is one object, whose text is made once for all.
   * Contract: ends or throws soon after the signal aborts; is pulled only as fast as the client reads.
   */
  batches(signal: AbortSignal): AsyncIterable<readonly P[]>;
  toMessage(piece: P): ServerMessage;
  /** Asked at every sign of life; false ends the stream. */
  mayContinue(): Promise<boolean>;
}

/** All open streams of a server. */
export interface EventStreams {
  /** Takes over the reply and streams until the client goes, the source ends or the server closes. Never throws. */
  open<P extends object>(request: FastifyRequest, reply: FastifyReply, source: StreamSource<P>): void;
  /** Ends every stream and refuses new ones. */
  close(): Promise<void>;
}

/** Streams of server-sent events on the raw response, with a comment every `pingMs`. */
export function createEventStreams(options: { readonly logger: Logger; readonly pingMs?: number }): EventStreams {
  const open = new Map<AbortController, Promise<void>>();
  const texts = new MessageTexts();
  let isClosing = false;
  const run = async <P extends object>(reply: FastifyReply, source: StreamSource<P>, stop: AbortController) => {
    const response = reply.raw;
    response.once("close", () => stop.abort());
    response.on("error", () => stop.abort());
    const { signal } = stop;
    // the stream ends with its connection: chunks would cost every write two more buffers
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, { ...plainHeaders(reply), ...STREAM_HEADERS });
    response.write(": open\n\n");
    const timer = setInterval(() => void ping(response, source, stop, options.logger), options.pingMs ?? PING_MS);
    try {
      await pump(response, source, texts, signal);
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

/** Writes batches as fast as the client reads. Resolves or rejects on abort, whatever the source does then. */
async function pump<P extends object>(
  response: ServerResponse,
  source: StreamSource<P>,
  texts: MessageTexts,
  signal: AbortSignal,
): Promise<void> {
  const write = async () => {
    for await (const batch of source.batches(signal)) {
      if (signal.aborted) return;
      if (!response.write(texts.join(batch, source))) await drained(response, signal);
    }
  };
  // raced once for the whole stream, not at every message: a source that ignores its signal must not hold up the end
  await waitOrAbort(write(), signal);
}

/** Pieces as the text of their messages, made once for all streams that send them. */
class MessageTexts {
  readonly #made = new WeakMap<object, Buffer>();

  join<P extends object>(batch: readonly P[], source: StreamSource<P>): Buffer {
    const [first] = batch;
    if (batch.length === 1 && first) return this.#textOf(first, source);
    return Buffer.concat(batch.map((piece) => this.#textOf(piece, source)));
  }

  #textOf<P extends object>(piece: P, source: StreamSource<P>): Buffer {
    const known = this.#made.get(piece);
    if (known) return known;
    const text = Buffer.from(formatMessage(source.toMessage(piece)));
    this.#made.set(piece, text);
    return text;
  }
}

async function ping(
  response: ServerResponse,
  source: Pick<StreamSource<object>, "mayContinue">,
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
