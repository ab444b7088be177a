import type { LogLevel } from "@optio/contract";
import type { Host } from "../host/host.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import type { OwnerKey, Store } from "../store/store.ts";

/** What every run may use. */
export interface RunServices {
  readonly store: Store;
  readonly host: Host;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Directory for the task directories of all processes. */
  readonly tasksRoot: string;
}

/** How a run came to this owner: launched anew, launched with resume, or taken over while it ran. */
export type RunMode = "fresh" | "resume" | "adopt";

/** What a task's function gets. */
export interface ProcessContext {
  readonly processId: string;
  readonly run: number;
  readonly mode: RunMode;
  /** True when the launch asked for resume and something can be resumed. */
  readonly resume: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Aborted, with the reason, when the run is to end. */
  readonly signal: AbortSignal;
  /** Aborted when this owner lets go; only sessions outlive it. */
  readonly detachSignal: AbortSignal;
  /** Fences every write of this run. */
  readonly key: OwnerKey;
  readonly services: RunServices;
  /** Writes a durable log line. */
  log(level: LogLevel, message: string, data?: unknown): Promise<void>;
  /** Percent 0–100, or null for indeterminate. */
  reportProgress(percent: number | null, message?: string): Promise<void>;
  /** Hands an object to whoever waits for this run's result, in this OS process; gone when the run ends. @throws `contradiction` the second time. */
  publishResult(value: object): void;
}

/** A task: what is launched by its id any number of times. */
export interface TaskDefinition {
  readonly id: string;
  readonly name: string;
  readonly description?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Default true. */
  readonly cancellable?: boolean | undefined;
  /** Default false. */
  readonly supportsResume?: boolean | undefined;
  /** Set when the run is a session, which outlives its server: the agent's id and its label facts. */
  readonly session?: { readonly agent: string; readonly model: string | null; readonly scripted: boolean } | undefined;
  /** The run. Returning ends it done, throwing ends it failed; after an abort of `signal` it ends cancelled. Returning "detached" leaves it to the next owner. */
  execute(ctx: ProcessContext): Promise<unknown>;
}

/** Defines a task from a plain function. */
export function defineTask(definition: Omit<TaskDefinition, "session">): TaskDefinition {
  return definition;
}
