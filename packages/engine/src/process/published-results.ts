import { Emitter } from "../kernel/emitter.ts";

/** Results that running tasks hand out, kept in memory until their run ends here. */
export class PublishedResults {
  readonly #values = new Map<string, object>();
  readonly #changes = new Emitter<{ processId: string; value: object | undefined }>();

  /** False when the process has one already. */
  publish(processId: string, value: object): boolean {
    if (this.#values.has(processId)) return false;
    this.#values.set(processId, value);
    this.#changes.emit({ processId, value });
    return true;
  }

  find(processId: string): object | undefined {
    return this.#values.get(processId);
  }

  clear(processId: string): void {
    if (this.#values.delete(processId)) this.#changes.emit({ processId, value: undefined });
  }

  /** Hears of results that appear (value) and go (undefined). */
  onChange(listener: (change: { processId: string; value: object | undefined }) => void): Disposable {
    return this.#changes.subscribe(listener);
  }
}
