import type { LogLevel, MisfirePolicy, Progress, ScheduleSpec } from "@optio/contract";
import type { Host } from "../host/host.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import type { BlobFiles } from "../store/blobs/blob-files.ts";
import type { OwnerKey, Store } from "../store/store.ts";
import type { BlobHandle } from "./blobs.ts";
import type {
  ChildOptions,
  ChildOutcome,
  ChildTask,
  ParallelGroup,
  ParallelOptions,
  ResultHandle,
} from "./children.ts";

/** What every run may use of the engine; a task's own services are another thing. */
export interface RunServices {
  readonly store: Store;
  readonly host: Host;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Directory for the task directories of all processes. */
  readonly tasksRoot: string;
  /** The contents of all blobs; an engine without keeps none. */
  readonly blobFiles?: BlobFiles;
}

/** What a program hands to all its tasks: database handles, clients, settings. Opaque to the engine. */
export type TaskServices = Readonly<Record<string, unknown>>;

/** How a run came to this owner: launched anew, launched with resume, or taken over while it ran. */
export type RunMode = "fresh" | "resume" | "adopt";

/** What a task's function gets; `P` is the type of its params. */
export interface ProcessContext<P extends object = Readonly<Record<string, unknown>>> {
  readonly processId: string;
  readonly run: number;
  readonly mode: RunMode;
  /** True when the launch asked for resume and something can be resumed. */
  readonly resume: boolean;
  readonly params: P;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** What the program gave `createEngine({ services })`. */
  readonly services: TaskServices;
  /** Aborted, with the reason, when the run is to end. */
  readonly signal: AbortSignal;
  /** False once the run is to end; a child's failure does not change it. */
  readonly shouldContinue: boolean;
  /** Aborted when this owner lets go; only sessions outlive it. */
  readonly detachSignal: AbortSignal;
  /** Fences every write of this run. */
  readonly key: OwnerKey;
  /** The engine's own parts. */
  readonly platform: RunServices;

  /** Writes a durable log line. */
  log(level: LogLevel, message: string, data?: unknown): Promise<void>;
  /**
   * Percent 0–100, or null for indeterminate; a message is logged too. Up to 10 messages in 100 ms are all kept; of faster ones, and
   * of reports without a message, the latest of each 100 ms, and the last one always. Resolves when the report is stored; in a
   * series, where less than 100 ms lie between, as soon as it is taken.
   * @throws `invalid`, `stale-owner`.
   */
  reportProgress(percent: number | null, message?: string): Promise<void>;
  /** Hands an object to whoever waits for this run's result, in this OS process; gone when the run ends. @throws `contradiction` the second time. */
  publishResult(value: object): void;

  /** Shows any JSON to people beside the process; stays after the end, goes with the next launch. */
  setWidgetData(data: unknown): Promise<void>;
  clearWidgetData(): Promise<void>;
  /** Asks whoever watches to open a page. Answers the request's id. */
  requestBrowser(url: string): Promise<string>;
  /** Asks a person to look. Answers the request's id. */
  needAttention(reason: string): Promise<string>;
  /** Says something to whoever launched this run. Answers the request's id. */
  messageClient(keyword: string, data: unknown): Promise<string>;

  /** Something was captured that a resume can go on with; warns and does nothing for a task without `supportsResume`. */
  markSavedState(): Promise<void>;
  clearSavedState(): Promise<void>;
  /** Files of any size kept with the process: streamed, named, content-hashed; they go with the process. */
  readonly blobs: BlobHandle;
  /** The record disappears when the run ends. */
  markEphemeral(): Promise<void>;

  /**
   * Runs a child and waits for it. Its failure throws `child-failed` here, its cancel cancels this run, unless survived.
   * @throws `child-failed`, `launch-blocked`, `id-taken`.
   */
  runChild(task: ChildTask, options?: ChildOptions): Promise<ChildOutcome>;
  /**
   * Starts a child and resolves as soon as it publishes its result; the child goes on.
   * @throws `result-not-published` when it ended without, `timeout` (the child goes on then too).
   */
  runChildForResult<T extends object = object>(
    task: ChildTask,
    options?: ChildOptions & { readonly timeoutMs?: number },
  ): Promise<ResultHandle<T>>;
  /** Runs children side by side. Resolves when all have ended. @throws `group-failed` with every child's error. */
  parallel(body: (group: ParallelGroup) => Promise<void>, options?: ParallelOptions): Promise<readonly ChildOutcome[]>;
}

/** When and how a task starts by itself. */
export type TaskSchedule =
  | string
  | (Partial<ScheduleSpec> & { readonly cron: string; readonly misfire?: MisfirePolicy });

/** A task: what is launched by its id any number of times. */
export interface TaskDefinition {
  readonly id: string;
  readonly name: string;
  readonly description?: string | undefined;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  /** Flat tags: the key for filters, blocks and groups; children inherit them. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Cron of five fields (or six, with seconds), in UTC unless `timeZone` says otherwise. */
  readonly schedule?: TaskSchedule | undefined;
  /** Hidden from default views. Default false. */
  readonly special?: boolean | undefined;
  /** Asked of a person before every launch. */
  readonly warning?: string | undefined;
  /** Default true. A shutdown ends the run all the same. */
  readonly cancellable?: boolean | undefined;
  /** Name of the widget that shows `widgetData`. */
  readonly uiWidget?: string | undefined;
  /** Default false. */
  readonly supportsResume?: boolean | undefined;
  /** How long the record stays after an end, with its children; absent = for ever. */
  readonly ttlSeconds?: number | undefined;
  /** Default true: a cancel reaches the children too, and none can be started after it. False: the task ends its own children within the same grace. */
  readonly autoCancelChildren?: boolean | undefined;
  /** Resumed after the next start when a shutdown stopped it. Needs `supportsResume`. */
  readonly autoResume?: boolean | undefined;
  /** Set when the run is a session, which outlives its server: the agent's id and its label facts. */
  readonly session?: { readonly agent: string; readonly model: string | null; readonly scripted: boolean } | undefined;
  /** The run. Returning ends it done, throwing ends it failed; after an abort of `signal` it ends cancelled. Returning "detached" leaves it to the next owner. */
  execute(ctx: ProcessContext): Promise<unknown>;
}

/** Defines a task from a plain function, which gets params of the type that it is defined with. */
export function defineTask<P extends Readonly<Record<string, unknown>>>(
  definition: Omit<TaskDefinition, "session" | "params" | "execute"> & {
    readonly params?: P;
    execute(ctx: ProcessContext<P>): Promise<unknown>;
  },
): TaskDefinition {
  return definition;
}

/** The progress of one child as its parent sees it. */
export interface ChildProgress {
  readonly id: string;
  readonly name: string;
  readonly state: "scheduled" | "running" | "cancel_requested" | "cancelling" | "done" | "failed" | "cancelled";
  /** 100 at any end; null is indeterminate. */
  readonly percent: number | null;
  readonly message: Progress["message"];
}
