import { setTimeout as wait } from "node:timers/promises";

/** A point in a script where the model waits; once opened it stays open. */
export type Gate = {
  readonly name: string;
  readonly isOpen: boolean;
  /** Resolves when a reply has come to the gate for the first time, also to an open one. */
  readonly reached: Promise<void>;
  /** Lets everything through, now and later. */
  open(): void;
  /**
   * Waits for `reached`; default without a limit.
   * @throws Error naming the gate after `timeoutMs`; the signal's reason on abort.
   */
  waitUntilReached(options?: { signal?: AbortSignal; timeoutMs?: number }): Promise<void>;
};

/** The gates of one server, by name; `pass` is the model's side. */
export class Gates {
  readonly #slots = new Map<string, Slot>();

  /** The gate of that name, made closed at its first mention. */
  gate(name: string): Gate {
    return this.#slot(name).gate;
  }

  /** Reports the gate as reached and waits until it opens; rejects with the signal's reason. */
  async pass(name: string, signal: AbortSignal): Promise<void> {
    const slot = this.#slot(name);
    slot.reached.resolve();
    await orAborted(slot.opened.promise, signal);
  }

  #slot(name: string): Slot {
    const existing = this.#slots.get(name);
    if (existing) return existing;
    const slot = createSlot(name);
    this.#slots.set(name, slot);
    return slot;
  }
}

type Slot = {
  gate: Gate;
  reached: PromiseWithResolvers<void>;
  opened: PromiseWithResolvers<void>;
};

function createSlot(name: string): Slot {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  let isOpen = false;
  const gate: Gate = {
    name,
    get isOpen() {
      return isOpen;
    },
    reached: reached.promise,
    open() {
      isOpen = true;
      opened.resolve();
    },
    waitUntilReached: ({ signal, timeoutMs } = {}) =>
      withinTime(reached.promise, signal, timeoutMs, `no reply came to gate "${name}"`),
  };
  return { gate, reached, opened };
}

async function withinTime(
  promise: Promise<void>,
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
  problem: string,
): Promise<void> {
  const ended = new AbortController();
  const stop = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal;
  const waits = [orAborted(promise, stop)];
  if (timeoutMs !== undefined)
    waits.push(
      wait(timeoutMs, undefined, { signal: stop }).then(() => {
        throw new Error(`${problem} in ${timeoutMs} ms`);
      }),
    );
  try {
    await Promise.race(waits);
  } finally {
    ended.abort();
    // The loser of the race ends by that abort; nobody is left to hear about it.
    await Promise.allSettled(waits);
  }
}

function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
