import { toOptioError } from "@optio/contract";
import type { Clock } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import type { ProcessRecord, Store } from "../store/store.ts";

/** How long after its start an engine waits before it resumes: a burst of restarts is over by then. */
export const AUTO_RESUME_DELAY_MS = 300_000;

export interface AutoResumeOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly delayMs: number;
  /** Whether this engine has the task; what it has not is for another engine to resume. */
  readonly knows: (record: ProcessRecord) => Promise<boolean>;
  /** Launches with resume. Contract: rejects when the launch is refused. */
  readonly resume: (id: string) => Promise<unknown>;
}

/**
 * Resumes, once and after a delay, what the last shutdown stamped: cancelled runs with a saved state. A refused resume is logged and not
 * tried again. Stamps stay when the signal aborts before. Never rejects.
 */
export async function runAutoResume(options: AutoResumeOptions, signal: AbortSignal): Promise<void> {
  const { store, clock, logger, delayMs } = options;
  try {
    await clock.sleep(delayMs, signal);
    for (const record of await store.processes.listStamped()) {
      if (signal.aborted) return;
      if (await options.knows(record)) await resumeStamped(options, record);
    }
  } catch (error) {
    if (!signal.aborted) logger.error({ error: toOptioError(error).message }, "could not resume what was stopped");
  }
}

async function resumeStamped({ store, logger, resume }: AutoResumeOptions, record: ProcessRecord): Promise<void> {
  // taking the stamp decides which of many engines resumes
  if (!(await store.processes.takeStamp(record.id))) return;
  if (record.state !== "cancelled" || !record.hasSavedState) {
    logger.warn({ process: record.id, state: record.state }, "not resumed: nothing was saved");
    return;
  }
  try {
    await resume(record.id);
    logger.info({ process: record.id }, "resumed after the restart");
  } catch (error) {
    const { code, message } = toOptioError(error);
    logger.warn({ process: record.id, code, error: message }, "not resumed after the restart");
  }
}
