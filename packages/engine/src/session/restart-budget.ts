import { OptioError } from "@optio/contract";
import type { Clock } from "../kernel/clock.ts";

/** How often a program may be restarted in a row: a wait before each, growing; a long life forgives what was before. */
export class RestartBudget {
  readonly #clock: Clock;
  readonly #delaysMs: readonly number[];
  readonly #forgivenAfterMs: number;
  #used = 0;
  #lifeStartedAt: number;

  constructor(options: { clock: Clock; delaysMs: readonly number[]; forgivenAfterMs: number }) {
    this.#clock = options.clock;
    this.#delaysMs = options.delaysMs;
    this.#forgivenAfterMs = options.forgivenAfterMs;
    this.#lifeStartedAt = options.clock.now();
  }

  /** Waits for the turn of the next restart. @throws `recover-budget-spent` naming the last cause. */
  async spend(cause: string, signal: AbortSignal): Promise<void> {
    if (this.#clock.now() - this.#lifeStartedAt > this.#forgivenAfterMs) this.#used = 0;
    const delayMs = this.#delaysMs[this.#used];
    if (delayMs === undefined)
      throw new OptioError("recover-budget-spent", `restarted ${this.#used} times in a row; last cause: ${cause}`);
    this.#used += 1;
    if (delayMs > 0) await this.#clock.sleep(delayMs, signal);
    this.#lifeStartedAt = this.#clock.now();
  }
}
