import type { FSWatcher } from "node:fs";
import { watch } from "node:fs";
import { basename } from "node:path";

/** How often to look where the machine grants no watch (its inotify limits are used up). */
const UNWATCHED_POLL_MS = 50;

/**
 * Watches one directory for changes to one name in it. Changes are remembered between calls of `changed`, so a check made
 * after the watch began never misses one.
 */
export class DirectoryWatch implements Disposable {
  readonly #watcher: FSWatcher | undefined;
  #isDirty = false;
  #wake: (() => void) | undefined;

  constructor(directory: string, name: string) {
    this.#watcher = startWatch(directory, (changedName) => {
      // the end of the directory itself is told under the directory's own name
      if (changedName === null || changedName === name || changedName === basename(directory)) this.#mark();
    });
    // a watch that breaks later only makes the next look come sooner
    this.#watcher?.on("error", () => this.#mark());
  }

  /** Resolves at the next change, or after `maxMs` at the latest. Rejects with the abort reason. */
  async changed(maxMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (!this.#isDirty) await this.#nextChange(this.#watcher ? maxMs : Math.min(maxMs, UNWATCHED_POLL_MS), signal);
    this.#isDirty = false;
  }

  [Symbol.dispose](): void {
    this.#watcher?.close();
  }

  #mark(): void {
    this.#isDirty = true;
    this.#wake?.();
  }

  async #nextChange(maxMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, maxMs);
    const onAbort = () => reject(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#wake = resolve;
    try {
      await promise;
    } finally {
      this.#wake = undefined;
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

function startWatch(directory: string, onChange: (name: string | null) => void): FSWatcher | undefined {
  try {
    return watch(directory, (_event, name) => onChange(name));
  } catch {
    // gone in the meantime, or no watch left: the caller looks again after a short while
    return undefined;
  }
}
