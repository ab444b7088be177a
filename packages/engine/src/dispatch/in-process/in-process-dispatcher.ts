import type { Dispatcher, JobKey, JobSignals } from "../dispatcher.ts";

interface Job {
  readonly key: JobKey;
  readonly cancel: AbortController;
  readonly detach: AbortController;
  readonly settled: Promise<void>;
}

/** Works on every run in this OS process, at once. */
export class InProcessDispatcher implements Dispatcher {
  readonly #jobs = new Map<string, Job>();

  start(key: JobKey, work: (signals: JobSignals) => Promise<void>): void {
    const cancel = new AbortController();
    const detach = new AbortController();
    const earlier = this.#jobs.get(key.processId)?.settled ?? Promise.resolve();
    const settled = earlier
      .then(() => work({ cancel: cancel.signal, detach: detach.signal }))
      .finally(() => {
        if (this.#jobs.get(key.processId)?.cancel === cancel) this.#jobs.delete(key.processId);
      });
    this.#jobs.set(key.processId, { key, cancel, detach, settled });
  }

  cancel(processId: string, reason: Error): boolean {
    const job = this.#jobs.get(processId);
    job?.cancel.abort(reason);
    return job !== undefined;
  }

  detach(processId: string): boolean {
    const job = this.#jobs.get(processId);
    job?.detach.abort();
    return job !== undefined;
  }

  isRunning(processId: string): boolean {
    return this.#jobs.has(processId);
  }

  running(): readonly JobKey[] {
    return [...this.#jobs.values()].map((job) => job.key);
  }

  async settled(processId: string): Promise<void> {
    await this.#jobs.get(processId)?.settled;
  }
}
