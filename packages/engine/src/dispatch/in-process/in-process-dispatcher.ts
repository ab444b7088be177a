import type { Dispatcher, JobKey, JobSignals } from "../dispatcher.ts";

interface Job {
  readonly key: JobKey;
  readonly cancel: AbortController;
  readonly detach: AbortController;
  readonly abandon: () => void;
  readonly settled: Promise<void>;
}

/** Works on every run in this OS process, at once. */
export class InProcessDispatcher implements Dispatcher {
  readonly #jobs = new Map<string, Job>();

  start(key: JobKey, work: (signals: JobSignals) => Promise<void>): void {
    const cancel = new AbortController();
    const detach = new AbortController();
    const abandoned = Promise.withResolvers<void>();
    const earlier = this.#jobs.get(key.processId)?.settled ?? Promise.resolve();
    const worked = earlier.then(() => work({ cancel: cancel.signal, detach: detach.signal }));
    const settled = Promise.race([worked, abandoned.promise]).finally(() => {
      if (this.#jobs.get(key.processId)?.cancel === cancel) this.#jobs.delete(key.processId);
    });
    this.#jobs.set(key.processId, { key, cancel, detach, abandon: abandoned.resolve, settled });
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

  abandon(key: JobKey): void {
    const job = this.#jobs.get(key.processId);
    if (job?.key.run !== key.run || job.key.epoch !== key.epoch) return;
    this.#jobs.delete(key.processId);
    job.abandon();
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
