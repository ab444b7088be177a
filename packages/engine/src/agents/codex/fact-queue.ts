/** Values handed from callbacks to one consumer, in order and without loss; ends when it is told to. */
export class FactQueue<T> implements AsyncIterable<T> {
  #values: T[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  /** Adds values; nothing happens after the end. */
  push(values: readonly T[]): void {
    if (this.#ended) return;
    for (const value of values) this.#values.push(value);
    this.#wake?.();
  }

  /** Lets the consumer finish after what is queued. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      const batch = this.#values;
      this.#values = [];
      yield* batch;
      if (this.#values.length > 0) continue;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
