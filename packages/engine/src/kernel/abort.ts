import { OptioError } from "@optio/contract";

/** Waits for the promise or the abort, whichever is first; the work itself is not stopped, its late result is dropped. */
export function waitOrAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  if (signal.aborted) {
    promise.catch(() => undefined);
    return Promise.reject(signal.reason);
  }
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** What `withDeadline` needs to say when time is up. */
export interface DeadlineOptions {
  readonly timeoutMs: number;
  /** Names the work in the error: "the agent's answer to initialize". */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs the work with a signal that aborts when the caller's does or when the time is up.
 * @throws `timeout` naming the work, or the caller's abort reason; both also when the work ignores its signal.
 */
export async function withDeadline<T>(options: DeadlineOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const timer = new AbortController();
  const handle = setTimeout(() => {
    timer.abort(new OptioError("timeout", `${options.what} did not finish within ${options.timeoutMs} ms`));
  }, options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timer.signal]) : timer.signal;
  try {
    signal.throwIfAborted();
    return await waitOrAbort(work(signal), signal);
  } finally {
    clearTimeout(handle);
  }
}
