import type { Dispatcher, JobKey, JobSignals } from "../dispatcher.ts";

interface Job {
  readonly key: JobKey;
  readonly cancel: AbortController;
  readonly detach: AbortController;
  readonly abandon: () => void;
  readonly settled: Promise<void>;
  /** The work of an earlier run that it waits for. */
  earlier: Job | undefined;
}

/** Works on every run in this OS process, at once. */
export class InProcessDispatcher implements Dispatcher {
  readonly #jobs = new Map<string, Job>();

  start(key: JobKey, work: (signals: JobSignals) => Promise<void>): void {
    const cancel = new AbortController();
    const detach = new AbortController();
    const abandoned = Promise.withResolvers<void>();
    const earlier = this.#jobs.get(key.processId);
    const worked = (earlier?.settled ?? Promise.resolve()).then(() => {
      job.earlier = undefined;
      return work({ cancel: cancel.signal, detach: detach.signal });
    });
    const settled = Promise.race([worked, abandoned.promise]).finally(() => {
      if (this.#jobs.get(key.processId)?.cancel === cancel) this.#jobs.delete(key.processId);
    });
    const job: Job = { key, cancel, detach, abandon: abandoned.resolve, settled, earlier };
    this.#jobs.set(key.processId, job);
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
    const newest = this.#jobs.get(key.processId);
    for (let job = newest; job; job = job.earlier) {
      if (job.key.run !== key.run || job.key.epoch !== key.epoch) continue;
      if (job === newest) this.#jobs.delete(key.processId);
      job.abandon();
    }
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
