import type { ErrorRecord } from "@optio/contract";
import {
  ACTIVE_STATES,
  CANCELLABLE_STATES,
  END_STATES,
  LAUNCHABLE_STATES,
  OptioError,
  stateIn,
  toOptioError,
} from "@optio/contract";
import type { Dispatcher } from "../dispatch/dispatcher.ts";
import type { NewProcess, OwnerKey, ProcessPatch, ProcessRecord } from "../store/store.ts";
import type { OwnerIdentity } from "./ownership.ts";
import { LEASE_MS, mayTakeOver } from "./ownership.ts";
import type { PublishedResults } from "./published-results.ts";
import { runProcess } from "./run-process.ts";
import type { RunMode, RunServices, TaskDefinition } from "./task.ts";
import { keyOf, toErrorRecord, transitionUnowned } from "./transition.ts";

/** Times of the process engine; tests inject short ones. */
export interface ProcessTimings {
  /** How long a cancelled plain task may take before it is ended by force. */
  readonly cancelGraceMs: number;
  /** The same for a session, which has a teardown. */
  readonly sessionGraceMs: number;
  /** How often leases are renewed and orphans looked for. */
  readonly tickMs: number;
}

export const PROCESS_TIMINGS: ProcessTimings = { cancelGraceMs: 5_000, sessionGraceMs: 60_000, tickMs: 10_000 };

export interface ProcessesOptions {
  readonly services: RunServices;
  readonly dispatcher: Dispatcher;
  readonly results: PublishedResults;
  readonly me: OwnerIdentity;
  readonly timings: ProcessTimings;
  /** The task behind a record; undefined when no program defines it here. */
  readonly taskOf: (record: ProcessRecord) => Promise<TaskDefinition | undefined>;
  /** Patch that a launch writes with the claim (session facts of a new run). */
  readonly launchPatch: (record: ProcessRecord, resume: boolean) => ProcessPatch;
}

/** Plain functions cannot be picked up where they were (row E-19). */
const INTERRUPTED = { code: "interrupted-by-restart", message: "the server stopped while this task ran" } as const;

/** Launches, cancels, adopts and ends runs; the one implementation of each verb. */
export class Processes {
  readonly #options: ProcessesOptions;
  #shuttingDown = false;

  constructor(options: ProcessesOptions) {
    this.#options = options;
  }

  /** @throws `not-found`. */
  async read(id: string): Promise<ProcessRecord> {
    const record = await this.#options.services.store.processes.find(id);
    if (!record) throw new OptioError("not-found", `no process '${id}'`);
    return record;
  }

  /** Stores a process that does not exist. @throws `id-taken`, `shutting-down`. */
  async create(process: NewProcess): Promise<ProcessRecord> {
    this.#refuseWhenStopping();
    return this.#options.services.store.processes.insert(process);
  }

  /** @throws `not-found`, `not-launchable`, `no-resume-support`, `shutting-down`. */
  async launch(id: string, options: { resume: boolean }): Promise<ProcessRecord> {
    this.#refuseWhenStopping();
    const seen = await this.read(id);
    if (!stateIn(seen.state, LAUNCHABLE_STATES)) throw notLaunchable(seen);
    if (options.resume && !seen.supportsResume)
      throw new OptioError("no-resume-support", `process '${id}' does not support resume; launch it without`);
    const task = await this.#taskFor(seen);
    const { store } = this.#options.services;
    // capability is not reality: what was never captured starts fresh
    const resume = options.resume && seen.hasSavedState;
    const record = await store.processes.claim(
      id,
      LAUNCHABLE_STATES,
      this.#owner(),
      this.#options.launchPatch(seen, resume),
    );
    if (!record) throw notLaunchable(await this.read(id));
    this.#start(record, task, resume ? "resume" : "fresh");
    return record;
  }

  /** Asks a run to end. @throws `not-found`, `not-cancellable`. */
  async cancel(id: string): Promise<ProcessRecord> {
    const seen = await this.read(id);
    if (!seen.cancellable || !stateIn(seen.state, CANCELLABLE_STATES)) {
      throw new OptioError(
        "not-cancellable",
        `process '${id}' is ${seen.state}${seen.cancellable ? "" : " and not cancellable"}`,
      );
    }
    const { store } = this.#options.services;
    const requested = await transitionUnowned(
      store,
      keyOf(seen),
      seen.state === "scheduled" ? "cancelled" : "cancel_requested",
      seen.state === "scheduled" ? { endedAt: this.#now(), owner: null } : {},
    );
    if (!requested) return this.cancel(id);
    this.#deliverCancel(requested);
    return requested;
  }

  /** Drops the results of an ended run. @throws `not-found`, `not-dismissable`. */
  async dismiss(id: string): Promise<ProcessRecord> {
    const seen = await this.read(id);
    if (!stateIn(seen.state, END_STATES))
      throw new OptioError("not-dismissable", `process '${id}' is ${seen.state}; only an ended one can be dismissed`);
    const patch = { error: null, progress: null, hasSavedState: false };
    const record = await transitionUnowned(this.#options.services.store, keyOf(seen), "idle", patch);
    return record ?? this.dismiss(id);
  }

  /** Takes over whatever has no living owner: once at boot, then at every tick. */
  async adoptOrphans(): Promise<void> {
    if (this.#shuttingDown) return;
    const { services, dispatcher, me } = this.#options;
    for (const record of await services.store.processes.listActive()) {
      if (dispatcher.isRunning(record.id)) {
        // a cancel written by another server of this store reaches its owner here
        if (record.state === "cancel_requested" && record.owner?.pid === me.pid) this.#deliverCancel(record);
        continue;
      }
      if (await mayTakeOver(record, me, services.host, this.#now())) await this.#adopt(record);
    }
  }

  /** Renews the leases of this owner. */
  async renewLeases(): Promise<void> {
    await this.#options.services.store.processes.renewLeases(this.#owner());
  }

  /**
   * Refuses launches, then ends every run here and waits for it, for its grace at most. With `detach` sessions are let go of
   * instead and live on; nobody could pick up a plain task.
   */
  async shutdown(options: { detach: boolean }): Promise<void> {
    this.#shuttingDown = true;
    const { dispatcher } = this.#options;
    const reason = new OptioError("shutting-down", "the engine is stopping");
    await Promise.all(
      dispatcher.running().map(async ({ processId }) => {
        const record = await this.read(processId);
        if (!options.detach || record.kind === "task") return this.#stop(record, reason);
        dispatcher.detach(processId);
        await dispatcher.settled(processId);
      }),
    );
  }

  #start(record: ProcessRecord, task: TaskDefinition, mode: RunMode): void {
    const { dispatcher, services, results } = this.#options;
    dispatcher.start(keyOf(record), (signals) => runProcess({ record, mode, task, services, results }, signals));
  }

  async #adopt(seen: ProcessRecord): Promise<void> {
    const record = await this.#options.services.store.processes.takeOver(seen.id, seen, this.#owner());
    if (!record) return;
    try {
      const task = await this.#options.taskOf(record);
      if (!task || !(task.session || record.state === "scheduled")) return await this.#endOrphan(record, INTERRUPTED);
      this.#start(record, task, record.state === "scheduled" ? "fresh" : "adopt");
    } catch (error) {
      // one record that cannot be read must not keep the others waiting, nor the server from starting
      return this.#endOrphan(record, toErrorRecord(toOptioError(error)));
    }
    if (record.state === "cancel_requested" || record.state === "cancelling") this.#deliverCancel(record);
  }

  /** Ends a run that nobody can pick up where it was. */
  async #endOrphan(record: ProcessRecord, error: ErrorRecord): Promise<void> {
    const patch = { error, endedAt: this.#now(), owner: null };
    const to = record.state === "cancel_requested" || record.state === "cancelling" ? "cancelled" : "failed";
    await transitionUnowned(this.#options.services.store, keyOf(record), to, patch, error.code);
  }

  #deliverCancel(record: ProcessRecord): void {
    void this.#stop(record, new OptioError("cancelled", `process '${record.id}' was cancelled`));
  }

  /** Aborts the run's signal. Resolves when it has ended here, by force when its grace is over. */
  async #stop(record: ProcessRecord, reason: OptioError): Promise<void> {
    const { dispatcher, services, timings } = this.#options;
    if (!dispatcher.cancel(record.id, reason)) return;
    const graceMs = record.kind === "session" ? timings.sessionGraceMs : timings.cancelGraceMs;
    const ended = new AbortController();
    void dispatcher.settled(record.id).then(() => ended.abort());
    try {
      await services.clock.sleep(graceMs, ended.signal);
    } catch {
      return;
    }
    await this.#endByForce(keyOf(record)).catch((error: unknown) => {
      services.logger.error({ process: record.id, error: toOptioError(error).message }, "could not end a run by force");
    });
  }

  /** A new epoch first: whatever the stubborn run still writes is refused. */
  async #endByForce({ processId: id, run, epoch }: OwnerKey): Promise<void> {
    const seen = await this.read(id);
    if (seen.run !== run || seen.epoch !== epoch || !stateIn(seen.state, ACTIVE_STATES)) return;
    const { services, results } = this.#options;
    const record = await services.store.processes.takeOver(id, seen, this.#owner());
    if (!record) return;
    const error = {
      code: "grace-exceeded",
      message: "the run did not stop within its grace time and was ended by force",
    } as const;
    await transitionUnowned(
      services.store,
      keyOf(record),
      "failed",
      { error, endedAt: this.#now(), owner: null },
      error.code,
    );
    results.clear(id);
  }

  async #taskFor(record: ProcessRecord): Promise<TaskDefinition> {
    const task = await this.#options.taskOf(record);
    if (!task) throw new OptioError("not-launchable", `no program of this server defines the task '${record.id}'`);
    return task;
  }

  #refuseWhenStopping(): void {
    if (this.#shuttingDown) throw new OptioError("shutting-down", "the engine is stopping and takes no launches");
  }

  #owner() {
    return { ...this.#options.me, leaseUntil: this.#now() + LEASE_MS };
  }

  #now(): number {
    return this.#options.services.clock.now();
  }
}

function notLaunchable(record: ProcessRecord): OptioError {
  return new OptioError(
    "not-launchable",
    `process '${record.id}' is ${record.state}; it can be launched from ${LAUNCHABLE_STATES.join(", ")}`,
  );
}
