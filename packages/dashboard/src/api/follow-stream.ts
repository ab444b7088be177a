import type { StreamMessage } from "@optio/contract";
import { readEventStream } from "@optio/contract";
import { problemOf } from "./calls.ts";
import { isUnauthorized } from "./describe-error.ts";

const SECOND_MS = 1000;
/** The server writes at least a comment every 15 s; twice that without a byte is a dead connection. */
const SILENCE_MS = 35 * SECOND_MS;
const FIRST_RETRY_MS = 0.5 * SECOND_MS;
const LAST_RETRY_MS = 10 * SECOND_MS;

/** How to follow a stream of server-sent events for good. */
export interface FollowOptions {
  /** Runs before each attempt and answers what to request. May throw: counts as a failed attempt. */
  readonly request: (signal: AbortSignal) => Promise<{ url: string; headers?: Record<string, string> }>;
  /** `drop` ends this connection with an error; the next one starts after the back-off. */
  readonly onConnected: (drop: (error: unknown) => void) => void;
  /** Contract: a throw ends this connection; the next one starts after the back-off. */
  readonly onMessage: (message: StreamMessage) => void;
  readonly onLost: (error: unknown) => void;
  /** Waits before the next attempt; ends early when the page comes back to life. */
  readonly pause?: (delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly fetch?: typeof fetch;
  readonly silenceMs?: number;
  readonly signal: AbortSignal;
}

/** Follows a stream and connects again whenever it ends; returns when aborted, or when the caller is not logged in (reported by onLost). */
export async function followStream(options: FollowOptions): Promise<void> {
  const pause = options.pause ?? pauseUntilWake;
  let failures = 0;
  while (!options.signal.aborted) {
    let error: unknown;
    try {
      await readOnce(options, () => {
        failures = 0;
      });
    } catch (thrown) {
      error = thrown;
    }
    if (options.signal.aborted) return;
    options.onLost(error);
    if (isUnauthorized(error)) return;
    await pause(retryDelayMs(failures), options.signal);
    failures += 1;
  }
}

/** Delay before the next attempt after so many failures in a row, in ms: 500 doubling to 10 000. */
export function retryDelayMs(failures: number): number {
  return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
}

async function readOnce(options: FollowOptions, onConnected: () => void): Promise<void> {
  const abort = new AbortController();
  const signal = AbortSignal.any([options.signal, abort.signal]);
  const { url, headers } = await options.request(signal);
  const response = await (options.fetch ?? fetch)(url, {
    headers: { accept: "text/event-stream", ...headers },
    cache: "no-store",
    signal,
  });
  if (!response.ok) throw await problemOf(response);
  onConnected();
  options.onConnected((error) => abort.abort(error));
  const silence = watchSilence(options.silenceMs ?? SILENCE_MS, () =>
    abort.abort(new TypeError("the stream went silent")),
  );
  try {
    for await (const message of readEventStream(observeBytes(response, silence.heard))) options.onMessage(message);
  } finally {
    silence.stop();
    abort.abort();
  }
}

function observeBytes(response: Response, heard: () => void): Response {
  const observer = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      heard();
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body?.pipeThrough(observer) ?? null);
}

function watchSilence(silenceMs: number, onSilence: () => void): { heard: () => void; stop: () => void } {
  let timer = setTimeout(onSilence, silenceMs);
  return {
    heard: () => {
      clearTimeout(timer);
      timer = setTimeout(onSilence, silenceMs);
    },
    stop: () => clearTimeout(timer),
  };
}

/** Resolves after the delay, at once when the network or the tab comes back, or when aborted. */
function pauseUntilWake(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const onVisible = () => document.visibilityState === "visible" && done();
    const timer = setTimeout(() => done(), delayMs);
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      document.removeEventListener("visibilitychange", onVisible);
      signal.removeEventListener("abort", done);
      resolve();
    };
    addEventListener("online", done);
    document.addEventListener("visibilitychange", onVisible);
    signal.addEventListener("abort", done);
  });
}
