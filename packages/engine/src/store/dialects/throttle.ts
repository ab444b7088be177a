/** Lets one report pass per interval; the others are counted. */
export class Throttle {
  readonly #intervalMs: number;
  readonly #now: () => number;
  #passedAt = Number.NEGATIVE_INFINITY;
  #left = 0;

  constructor(intervalMs: number, now: () => number = () => performance.now()) {
    this.#intervalMs = intervalMs;
    this.#now = now;
  }

  /** Runs the report, telling it how many were left out since the last one, unless one ran within the interval. */
  run(report: (left: number) => void): void {
    if (this.#now() - this.#passedAt < this.#intervalMs) {
      this.#left += 1;
      return;
    }
    this.#passedAt = this.#now();
    const left = this.#left;
    this.#left = 0;
    report(left);
  }
}
