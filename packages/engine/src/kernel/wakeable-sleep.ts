import type { Clock } from "./clock.ts";

/** Longest single sleep: a timer holds at most 24.8 days, and stands still while the machine is suspended. */
const SLICE_MS = 60_000;

/** The sleep of one loop that somebody may wake before its time. A wake while the loop works counts for its next sleep. */
export class WakeableSleep {
  readonly #clock: Clock;
  #woken = Promise.withResolvers<void>();
  #isWoken = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the present sleep, or the next one at once. */
  wake(): void {
    this.#isWoken = true;
    this.#woken.resolve();
  }

  /** Resolves at the instant (ms since 1970; never without one), at a wake or on abort. */
  async until(at: number | undefined, signal: AbortSignal): Promise<void> {
    while (!this.#isWoken && !signal.aborted) {
      const leftMs = at === undefined ? Number.POSITIVE_INFINITY : at - this.#clock.now();
      if (leftMs <= 0) break;
      await this.#slice(leftMs, signal);
    }
    if (this.#isWoken) this.#woken = Promise.withResolvers<void>();
    this.#isWoken = false;
  }

  async #slice(leftMs: number, signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const ended = new Promise<void>((resolve) => either.addEventListener("abort", () => resolve(), { once: true }));
    const timer = Number.isFinite(leftMs)
      ? this.#clock.sleep(Math.min(leftMs, SLICE_MS), either).catch(() => undefined)
      : ended;
    await Promise.race([this.#woken.promise, timer, ended]);
    stop.abort();
  }
}
