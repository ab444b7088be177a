const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** One Ctrl-C reaches the program twice when a parent such as npm passes signals on: once itself, once through the parent. */
const REPEAT_MS = 700;

/** What of a process the signals need. */
export interface SignalSource {
  on(signal: (typeof STOP_SIGNALS)[number], listener: () => void): unknown;
  exit(code: number): unknown;
}

/** A signal that aborts at the first SIGINT, SIGTERM or SIGHUP; a later one ends the program at once with 1. */
export function listenForStop(source: SignalSource, now: () => number = () => performance.now()): AbortSignal {
  const stop = new AbortController();
  let stoppedAt: number | undefined;
  for (const signal of STOP_SIGNALS) {
    source.on(signal, () => {
      if (stoppedAt === undefined) {
        stoppedAt = now();
        stop.abort();
      } else if (now() - stoppedAt > REPEAT_MS) {
        source.exit(1);
      }
    });
  }
  return stop.signal;
}
