import type { Clock } from "./clock.ts";

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  #nowMs: number;
  #sleepers: Sleeper[] = [];
  #onSleep = Promise.withResolvers<void>();

  constructor(nowMs = 1_700_000_000_000) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  /** How many sleep now. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper = { until: this.#nowMs + ms, wake: resolve };
    this.#sleepers.push(sleeper);
    signal?.addEventListener("abort", () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      reject(signal.reason);
    });
    this.#onSleep.resolve();
    this.#onSleep = Promise.withResolvers<void>();
    return promise;
  }

  /** Moves the time on and wakes whoever slept that long, earliest first. */
  advance(ms: number): void {
    this.#nowMs += ms;
    const due = this.#sleepers.filter((sleeper) => sleeper.until <= this.#nowMs).sort((a, b) => a.until - b.until);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.until > this.#nowMs);
    for (const sleeper of due) sleeper.wake();
  }

  /** Resolves as soon as at least `count` sleep. */
  async untilSleeping(count = 1): Promise<void> {
    while (this.#sleepers.length < count) await this.#onSleep.promise;
  }
}
