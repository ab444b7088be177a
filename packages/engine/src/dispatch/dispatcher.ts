/** One ownership of one run. */
export interface JobKey {
  readonly processId: string;
  readonly run: number;
  readonly epoch: number;
}

/** How a job hears that it must stop. */
export interface JobSignals {
  /** Aborted with the reason when the run is to end. */
  readonly cancel: AbortSignal;
  /** Aborted when this owner lets go of the run and what it started lives on. */
  readonly detach: AbortSignal;
}

/** Decides where and when claimed runs are worked on. In-process now; a queue with many workers later. */
export interface Dispatcher {
  /** Starts the work of a claimed run, after that of an earlier run of the process. Contract: `work` settles and never rejects. */
  start(key: JobKey, work: (signals: JobSignals) => Promise<void>): void;
  /** Aborts the cancel signal of the run; the first reason stays. False when the run is not worked on here. */
  cancel(processId: string, reason: Error): boolean;
  /** Aborts the detach signal of the run. False when the run is not worked on here. */
  detach(processId: string): boolean;
  /** Counts the work of this very ownership as over although it goes on: nothing waits for it any more. */
  abandon(key: JobKey): void;
  /** Whether this very ownership is worked on here. */
  isRunning(processId: string): boolean;
  /** Keys of everything worked on here. */
  running(): readonly JobKey[];
  /** Resolves when the run is not worked on here any more (at once when it never was). */
  settled(processId: string): Promise<void>;
}
