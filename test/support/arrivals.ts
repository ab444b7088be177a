const SECOND_MS = 1_000;
const PATIENCE_MS = 90 * SECOND_MS;

/** Things in the order in which they came, and a way to wait for one. */
export class Arrivals<T> {
  readonly all: T[] = [];
  readonly #wakes = new Set<() => void>();
  #end: string | undefined;

  push(...arrived: readonly T[]): void {
    this.all.push(...arrived);
    this.#wake();
  }

  /** Nothing more comes: whoever waits fails with the reason. */
  end(reason: string): void {
    this.#end ??= reason;
    this.#wake();
  }

  /** The first one that fits, when it has come. @throws Error that shows all after 90 s without it, or after the end. */
  async until(what: string, fits: (one: T) => boolean): Promise<T> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const found = this.all.find(fits);
      if (found !== undefined) return found;
      if (this.#end !== undefined) throw this.#failure(`${what} never came: ${this.#end}`);
      if (deadline.aborted) throw this.#failure(`waited for ${what}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      const wake = () => resolve();
      this.#wakes.add(wake);
      deadline.addEventListener("abort", wake, { once: true });
      await promise;
      this.#wakes.delete(wake);
    }
  }

  #failure(what: string): Error {
    return new Error(`${what}; there came:\n${this.all.map((one) => JSON.stringify(one)?.slice(0, 400)).join("\n")}`);
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
  }
}
