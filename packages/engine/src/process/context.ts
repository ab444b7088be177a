import type { LogLevel } from "@optio/contract";
import { LOG_LEVELS, OptioError } from "@optio/contract";
import type { JobSignals } from "../dispatch/dispatcher.ts";
import type { ProcessRecord } from "../store/store.ts";
import type { BlobHandle } from "./blobs.ts";
import { createBlobs } from "./blobs.ts";
import type { ChildVerbs } from "./child-runs.ts";
import { toJsonValue } from "./context-json.ts";
import { createMarks } from "./context-marks.ts";
import { ContextWrites } from "./context-writes.ts";
import { ProgressReporter } from "./progress/progress-reporter.ts";
import { writeProgress } from "./progress/write-progress.ts";
import type { PublishedResults } from "./published-results.ts";
import { createRequests } from "./requests.ts";
import type { ProcessContext, RunMode, RunServices, TaskServices } from "./task.ts";
import { keyOf } from "./transition.ts";

const MAX_LOG_CHARS = 64 * 1024;
const MAX_LOG_DATA_BYTES = 256 * 1024;

/** What a context is made of. */
export interface ContextOptions {
  readonly record: ProcessRecord;
  readonly mode: RunMode;
  readonly signals: JobSignals;
  readonly services: RunServices;
  /** What the program gave `createEngine({ services })`. Default nothing. */
  readonly taskServices?: TaskServices;
  readonly results: PublishedResults;
  readonly children: ChildVerbs;
  /** Least time between writes of thinned progress. Default 100. */
  readonly progressIntervalMs?: number;
}

/** A context, and what ends it. */
export interface RunContext {
  readonly context: ProcessContext;
  /**
   * The end of the body: refuses what comes from now on, waits for writes under way and writes the progress that still waits.
   * @throws `stale-owner`.
   */
  settle(): Promise<void>;
}

/** The context of one ownership of a run. A failure of a verb that the body does not await is no unhandled rejection. */
export function createContext(options: ContextOptions): RunContext {
  const { record, mode, signals, services, taskServices = {}, children } = options;
  const key = keyOf(record);
  const writes = new ContextWrites(services.store, key);
  const reporter = createReporter(options);
  const log = logTo(writes);
  const marks = createMarks({ record, store: services.store, writes, log });
  const requests = createRequests(writes);
  const context: ProcessContext = {
    processId: record.id,
    run: record.run,
    mode,
    resume: mode === "resume",
    params: record.params,
    metadata: record.metadata,
    services: taskServices,
    signal: signals.cancel,
    get shouldContinue() {
      return !signals.cancel.aborted && !writes.isClosed;
    },
    detachSignal: signals.detach,
    key,
    platform: services,
    log: tolerant(log),
    reportProgress: tolerant(async (percent, message) => {
      writes.refuseWhenClosed();
      await reporter.report(percent, message);
    }),
    publishResult: (value) => publish(options, writes, value),
    setWidgetData: tolerant(marks.setWidgetData),
    clearWidgetData: tolerant(marks.clearWidgetData),
    requestBrowser: tolerant(requests.requestBrowser),
    needAttention: tolerant(requests.needAttention),
    messageClient: tolerant(requests.messageClient),
    markSavedState: tolerant(marks.markSavedState),
    clearSavedState: tolerant(marks.clearSavedState),
    markEphemeral: tolerant(marks.markEphemeral),
    blobs: blobsOf(options, writes),
    ...children,
  };
  return {
    context,
    async settle() {
      await writes.close();
      await reporter.settle();
    },
  };
}

/** Past the end of the body too: the last flush is the engine's. */
function createReporter({ record, services, progressIntervalMs }: ContextOptions): ProgressReporter {
  const { store, clock, logger } = services;
  const key = keyOf(record);
  return new ProgressReporter({
    write: (entries) => store.asOwner(key, (tx) => writeProgress(tx, entries)),
    clock,
    logger: logger.child({ process: record.id, run: record.run }),
    ...(progressIntervalMs !== undefined && { limits: { intervalMs: progressIntervalMs } }),
  });
}

function logTo(writes: ContextWrites): ProcessContext["log"] {
  return async (level: LogLevel, message: string, data?: unknown) => {
    if (!LOG_LEVELS.includes(level)) {
      throw new OptioError("invalid", `log level '${level}' is not one of ${LOG_LEVELS.join(", ")}`);
    }
    const kept = data === undefined ? undefined : toJsonValue(data, "data of a log line", MAX_LOG_DATA_BYTES);
    const line = { type: "process.logged", level, message: shorten(message) } as const;
    await writes.write((tx) => tx.append({ ...line, ...(kept !== undefined && { data: kept }) }));
  };
}

function shorten(message: string): string {
  if (message.length <= MAX_LOG_CHARS) return message;
  return `${message.slice(0, MAX_LOG_CHARS)}… (${message.length} characters, shortened)`;
}

function publish({ record, results }: ContextOptions, writes: ContextWrites, value: object): void {
  writes.refuseWhenClosed();
  const { processId, run } = keyOf(record);
  if ((typeof value !== "object" && typeof value !== "function") || value === null) {
    throw new OptioError("invalid", `a result is an object, not ${value === null ? "null" : typeof value}`);
  }
  if (results.publish({ processId, run }, value)) return;
  throw new OptioError("contradiction", `run ${run} of '${processId}' has published its result already, or is over`);
}

function blobsOf({ record, services }: ContextOptions, writes: ContextWrites): BlobHandle {
  const { store, blobFiles, clock } = services;
  if (!blobFiles) return noBlobs();
  // by way of the writes: a stream that outlives its run becomes no blob
  const guarded = { blobs: store.blobs, asOwner: (_: unknown, work) => writes.write(work) } satisfies BlobStoreOfRun;
  return createBlobs({ store: guarded, files: blobFiles, processId: record.id, key: keyOf(record), clock });
}

type BlobStoreOfRun = Pick<RunServices["store"], "blobs" | "asOwner">;

function noBlobs(): BlobHandle {
  const refuse = () =>
    Promise.reject(new OptioError("not-available", "this engine keeps no blobs: it has no directory for them"));
  return { put: refuse, get: refuse, list: refuse, remove: refuse };
}

/** A body that does not await must not take the engine down with it; whoever awaits hears of the failure. */
function tolerant<A extends unknown[], T>(verb: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  return (...args) => {
    const result = verb(...args);
    result.catch(() => undefined);
    return result;
  };
}
