import type { LogLevel } from "@optio/contract";
import { OptioError } from "@optio/contract";
import type { JobSignals } from "../dispatch/dispatcher.ts";
import type { ProcessRecord } from "../store/store.ts";
import type { PublishedResults } from "./published-results.ts";
import type { ProcessContext, RunMode, RunServices } from "./task.ts";
import { keyOf } from "./transition.ts";

/** The context of one ownership of a run. */
export function createContext(options: {
  record: ProcessRecord;
  mode: RunMode;
  signals: JobSignals;
  services: RunServices;
  results: PublishedResults;
}): ProcessContext {
  const { record, mode, signals, services, results } = options;
  const key = keyOf(record);
  return {
    processId: record.id,
    run: record.run,
    mode,
    resume: mode === "resume",
    metadata: record.metadata,
    signal: signals.cancel,
    detachSignal: signals.detach,
    key,
    platform: services,
    async log(level: LogLevel, message: string, data?: unknown) {
      await services.store.asOwner(key, (tx) =>
        tx.append({ type: "process.logged", level, message, ...(data === undefined ? {} : { data }) }),
      );
    },
    async reportProgress(percent, message) {
      if (percent !== null && !(percent >= 0 && percent <= 100)) {
        throw new OptioError("invalid", `progress ${percent} is not between 0 and 100`);
      }
      const progress = { percent, ...(message === undefined ? {} : { message }) };
      await services.store.asOwner(key, async (tx) => {
        await tx.patch({ progress });
        await tx.append({ type: "process.progressed", ...progress });
      });
    },
    publishResult(value) {
      if (!results.publish(record.id, value)) {
        throw new OptioError("contradiction", `process '${record.id}' has published its result already`);
      }
    },
  };
}
