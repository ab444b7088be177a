import { toOptioError } from "@optio/contract";
import type { EngineOptions } from "./engine-options.ts";
import type { EngineParts } from "./engine-parts.ts";
import { AUTO_RESUME_DELAY_MS, runAutoResume } from "./process/auto-resume.ts";
import { runExpiry } from "./process/expiry.ts";
import { runRetention } from "./process/retention.ts";
import type { BlobFiles } from "./store/blobs/blob-files.ts";

/** What an engine does by itself, in two parts that end at different moments of its close. */
export interface EngineBackground {
  /** Ends what starts and removes processes: first of all. */
  stopIntake(): Promise<void>;
  /** Ends the renewal of leases: once no run is owned any more. */
  stopOwnership(): Promise<void>;
}

/** Starts schedules, auto-resume, expiry, retention and the keeping of ownerships. */
export function startBackground(
  parts: EngineParts,
  options: Pick<EngineOptions, "autoResumeDelayMs" | "retention"> & {
    readonly files: BlobFiles;
    readonly tickMs: number;
    /** Aborted when the engine is to stop. */
    readonly stopping: AbortController;
  },
): EngineBackground {
  const { services, schedules, processes, onRemoved, knows } = parts;
  const { store, clock, logger } = services;
  const { stopping, files, retention, autoResumeDelayMs = AUTO_RESUME_DELAY_MS } = options;
  const resume = (id: string) => processes.launch(id, { resume: true });
  const intake = [
    schedules.run(stopping.signal),
    runAutoResume({ store, clock, logger, delayMs: autoResumeDelayMs, knows, resume }, stopping.signal),
    runExpiry({ store, clock, logger, onRemoved }, stopping.signal),
    runRetention({ store, files, clock, logger, ...(retention && { limits: retention }) }, stopping.signal),
  ];
  const owning = new AbortController();
  const ownership = keepOwnership(parts, options.tickMs, owning.signal);
  return {
    async stopIntake() {
      stopping.abort();
      await Promise.all(intake);
    },
    async stopOwnership() {
      owning.abort();
      await ownership;
    },
  };
}

/** Renews leases and looks for runs whose owner is gone, until the signal aborts. Never rejects. */
async function keepOwnership({ services, processes }: EngineParts, tickMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await services.clock.sleep(tickMs, signal);
      await processes.renewLeases();
      await processes.adoptOrphans();
    } catch (error) {
      if (signal.aborted) return;
      services.logger.error({ error: toOptioError(error).message }, "could not renew the ownership of runs");
    }
  }
}
