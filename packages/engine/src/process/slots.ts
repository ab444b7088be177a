import { OptioError } from "@optio/contract";

/** Places that are taken and given back; who finds none waits, first come first served. */
export class Slots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @throws `invalid` when the number is not a whole one from 1 on. */
  constructor(count: number) {
    if (!Number.isInteger(count) || count < 1)
      throw new OptioError("invalid", `concurrency: ${count} is not a whole number from 1 on`);
    this.#free = count;
  }

  /** Resolves with a place; disposing it gives it back. */
  async take(): Promise<Disposable> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return { [Symbol.dispose]: () => this.#giveBack() };
  }

  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }
}
