import { OptioError } from "@optio/contract";
import type { Dispatcher } from "../dispatch/dispatcher.ts";
import type { NewProcess, Owner, ProcessPatch, ProcessRecord, SessionFacts } from "../store/store.ts";
import type { LiveRun, RunOutcome, RunStart } from "./live-run.ts";
import { LiveRuns } from "./live-run.ts";
import type { OwnerIdentity } from "./ownership.ts";
import { LEASE_MS } from "./ownership.ts";
import type { PublishedResults } from "./published-results.ts";
import type { RunServices, TaskDefinition, TaskServices } from "./task.ts";

/** Times of the process engine; tests inject short ones. */
export interface ProcessTimings {
  /** How long a cancelled plain task may take before it is ended by force. */
  readonly cancelGraceMs: number;
  /** The same for a session, which has a teardown, and for whatever runs above one. */
  readonly sessionGraceMs: number;
  /** How long an end by force waits for the body to unwind once nothing that it writes counts any more. */
  readonly forceShieldMs: number;
  /** How long an ownership lasts without renewal. */
  readonly leaseMs: number;
  /** How often leases are renewed and orphans looked for; less than half a lease. */
  readonly tickMs: number;
  /** Least time between writes of a run's progress that is thinned. */
  readonly progressIntervalMs: number;
}

export const PROCESS_TIMINGS: ProcessTimings = {
  cancelGraceMs: 5_000,
  sessionGraceMs: 60_000,
  forceShieldMs: 2_000,
  leaseMs: LEASE_MS,
  tickMs: 10_000,
  progressIntervalMs: 100,
};

/** Says which launches are blocked. */
export interface LaunchGate {
  /** @throws `launch-blocked`. */
  refuse(subject: ProcessRecord | NewProcess): Promise<void>;
  /** Refuses, or claims the run; a block added meanwhile can wait for the claim. @throws `launch-blocked`, and what the claim throws. */
  admit<T>(subject: ProcessRecord | NewProcess, claim: () => Promise<T>): Promise<T>;
}

/** What `Processes` is made of. */
export interface ProcessesOptions {
  readonly services: RunServices;
  /** What the program gave `createEngine({ services })`; default nothing. */
  readonly taskServices?: TaskServices;
  readonly dispatcher: Dispatcher;
  readonly results: PublishedResults;
  readonly me: OwnerIdentity;
  readonly timings: ProcessTimings;
  /** The task behind a record; undefined when no program defines it here. */
  readonly taskOf: (record: ProcessRecord) => Promise<TaskDefinition | undefined>;
  /** Patch that a launch writes with the claim (session facts of a new run). */
  readonly launchPatch: (record: ProcessRecord, resume: boolean) => ProcessPatch;
  /** Default: nothing is blocked. */
  readonly blocks?: LaunchGate;
  /** Facts of a session process before its first run. */
  readonly sessionFacts: (session: NonNullable<TaskDefinition["session"]>) => SessionFacts;
  /** Ends what is left of a run that nobody can take over: the program of a session. Default: nothing. */
  readonly stopOrphan?: (record: ProcessRecord) => Promise<void>;
  /** What waiters get of what a run published: a session's own handle. Default: that itself. */
  readonly toResult?: (record: ProcessRecord, value: object) => object;
  /** Hears of processes whose records are gone, to remove what else belonged to them. */
  readonly onRemoved?: (ids: readonly string[]) => Promise<void>;
}

/** What the parts of this folder share: the options, the runs that are worked on here, and where a run is started. */
export interface ProcessParts {
  readonly options: ProcessesOptions;
  readonly gate: LaunchGate;
  readonly runs: LiveRuns;
  /** Ends that could not be written: tried again at every tick. */
  readonly unwritten: Map<LiveRun, RunOutcome>;
  /** Aborted as soon as the engine stops. */
  readonly stopping: AbortController;
  /** Starts the work of a claimed run. */
  readonly start: (start: RunStart) => LiveRun;
}

/** Makes the shared parts. */
export function createParts(
  options: ProcessesOptions,
  start: (parts: ProcessParts, start: RunStart) => LiveRun,
): ProcessParts {
  const parts: ProcessParts = {
    options,
    gate: options.blocks ?? { refuse: async () => undefined, admit: (_, claim) => claim() },
    runs: new LiveRuns(),
    unwritten: new Map(),
    stopping: new AbortController(),
    start: (given) => start(parts, given),
  };
  return parts;
}

/** This engine as an owner from now on. */
export function ownerNow({ options }: ProcessParts): Owner {
  return { ...options.me, leaseUntil: options.services.clock.now() + options.timings.leaseMs };
}

/** @throws `not-found`. */
export async function readProcess({ options }: ProcessParts, id: string): Promise<ProcessRecord> {
  const record = await options.services.store.processes.find(id);
  if (!record) throw new OptioError("not-found", `no process '${id}'`);
  return record;
}

/** @throws `shutting-down` once the engine is stopping. */
export function refuseWhenStopping({ stopping }: ProcessParts): void {
  if (stopping.signal.aborted) {
    throw new OptioError("shutting-down", "the engine is stopping and takes no launches");
  }
}
