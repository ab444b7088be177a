/** Runs asynchronous work one piece at a time, in the order of the calls; a failed piece does not stop the next. */
export class Serial {
  #tail: Promise<unknown> = Promise.resolve();

  /** Queues the work; settles as the work does. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work, work);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything queued so far has settled. */
  async idle(): Promise<void> {
    await this.#tail;
  }
}
