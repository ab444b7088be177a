import { END_STATES, OptioError, stateIn } from "@optio/contract";
import type { CommitNotice, NewProcess, ProcessRecord } from "../store/store.ts";
import { adoptOrphans, retryUnwritten } from "./adopt.ts";
import { cancelProcess, cancelReason, deliverCancel } from "./cancel.ts";
import { launchProcess } from "./launch.ts";
import type { RunEnd } from "./live-run.ts";
import { findLostRuns } from "./lost-runs.ts";
import type { ProcessesOptions, ProcessParts } from "./process-options.ts";
import { createParts, ownerNow, readProcess, refuseWhenStopping } from "./process-options.ts";
import { endAllRuns } from "./shutdown.ts";
import { startRun } from "./start-run.ts";
import { keyOf, transitionUnowned } from "./transition.ts";

export type { ProcessesOptions, ProcessTimings } from "./process-options.ts";
export { PROCESS_TIMINGS } from "./process-options.ts";

/** A launched run. */
export interface LaunchedRun {
  /** As claimed. */
  readonly record: ProcessRecord;
  /** Resolves when the run is over for this engine. */
  readonly ended: Promise<RunEnd>;
  /** Resolves with what the run publishes. @throws `result-not-published` when it ends without. */
  readonly result: Promise<object>;
}

/** Launches, cancels, adopts and ends runs; the one implementation of each verb. */
export class Processes {
  readonly #parts: ProcessParts;
  readonly #commits: Disposable;
  #closed: Promise<void> | undefined;

  constructor(options: ProcessesOptions) {
    this.#parts = createParts(options, startRun);
    this.#commits = options.services.store.onCommit((notice) => this.#hear(notice));
  }

  /** @throws `not-found`. */
  read(id: string): Promise<ProcessRecord> {
    return readProcess(this.#parts, id);
  }

  /** Stores a process that does not exist. @throws `id-taken`, `launch-blocked`, `shutting-down`. */
  async create(process: NewProcess): Promise<ProcessRecord> {
    refuseWhenStopping(this.#parts);
    await this.#parts.gate.refuse(process);
    return this.#parts.options.services.store.processes.insert(process);
  }

  /** @throws `shutting-down`, `not-found`, `not-launchable`, `no-resume-support`, `launch-blocked`. */
  async launch(id: string, options: { resume: boolean }): Promise<ProcessRecord> {
    return (await this.launchRun(id, options)).record;
  }

  /** The same, with what the run comes to: watched from before its start. @throws what `launch` throws. */
  async launchRun(id: string, options: { resume: boolean }): Promise<LaunchedRun> {
    const { run, result } = await launchProcess(this.#parts, id, options);
    result.catch(() => undefined);
    return { record: run.record, ended: run.ended, result };
  }

  /** Asks a run to end. @throws `not-found`, `not-cancellable`. */
  cancel(id: string): Promise<ProcessRecord> {
    return cancelProcess(this.#parts, id);
  }

  /** The same for a process that is to be removed, whether people may cancel it or not. @throws `not-found`, `not-cancellable`. */
  stop(id: string): Promise<ProcessRecord> {
    return cancelProcess(this.#parts, id, { always: true });
  }

  /**
   * Drops the results of an ended run: its descendants, its error, progress, widget data and saved state. Its events and log lines
   * stay as history. @throws `not-found`, `not-dismissable`.
   */
  async dismiss(id: string): Promise<ProcessRecord> {
    const { store } = this.#parts.options.services;
    for (;;) {
      const seen = await this.read(id);
      if (!stateIn(seen.state, END_STATES))
        throw new OptioError("not-dismissable", `process '${id}' is ${seen.state}; only an ended one can be dismissed`);
      const cleared = { error: null, progress: null, widgetData: null, expiresAt: null };
      const patch = { ...cleared, hasSavedState: false, autoResumeStamped: false };
      const record = await transitionUnowned(store, keyOf(seen), "idle", patch);
      if (!record) continue;
      const gone = await store.processes.removeDescendants(id);
      if (gone.length > 0) await this.#parts.options.onRemoved?.(gone);
      return record;
    }
  }

  /** Takes over whatever has no living owner: once at boot, then at every tick. */
  async adoptOrphans(): Promise<void> {
    if (this.#parts.stopping.signal.aborted) return;
    await retryUnwritten(this.#parts);
    await adoptOrphans(this.#parts);
  }

  /** Renews the leases of this owner; runs that another owner took meanwhile are aborted here. */
  async renewLeases(): Promise<void> {
    await this.#parts.options.services.store.processes.renewLeases(ownerNow(this.#parts));
    await findLostRuns(this.#parts);
  }

  /**
   * Refuses launches, then ends every run here and waits for it, for its grace at most. With `detach` root sessions are let go of
   * instead and live on; nobody could pick up a plain task.
   */
  shutdown(options: { detach: boolean }): Promise<void> {
    this.#closed ??= this.#shutdown(options);
    return this.#closed;
  }

  async #shutdown(options: { detach: boolean }): Promise<void> {
    this.#parts.stopping.abort();
    await endAllRuns(this.#parts, options);
    this.#commits[Symbol.dispose]();
  }

  /** A cancel that another engine of the store wrote reaches the run at once where the database tells. */
  #hear({ processId, remote }: CommitNotice): void {
    if (!remote || !this.#parts.runs.find(processId)) return;
    void this.#lookForCancel(processId).catch(() => undefined);
  }

  async #lookForCancel(id: string): Promise<void> {
    const record = await this.#parts.options.services.store.processes.find(id);
    const run = record && this.#parts.runs.get(keyOf(record));
    if (!run) return;
    if (record.state === "cancelled") return run.conclude({ state: "cancelled", record });
    if (record.state !== "cancel_requested" && record.state !== "cancelling") return;
    await deliverCancel(this.#parts, run, { reason: cancelReason(id) });
  }
}
