import { setImmediate as nextTurn } from "node:timers/promises";
import { toOptioError } from "@optio/contract";
import type { Clock } from "../kernel/clock.ts";
import type { Logger } from "../kernel/logger.ts";
import type { BlobFiles } from "../store/blobs/blob-files.ts";
import { collectBlobs } from "../store/blobs/collect-blobs.ts";
import type { Store } from "../store/store.ts";

/** How much of the past is kept, and how often it is looked at. */
export interface RetentionLimits {
  /** Newest runs of a process whose events are kept. */
  readonly keepRuns: number;
  /** Newest log lines of a process. */
  readonly maxLines: number;
  /** Rows that one transaction drops: others write in between. */
  readonly batch: number;
  readonly intervalMs: number;
  /** Younger blob files stay, needed or not. */
  readonly blobGraceMs: number;
}

/** The limits that hold where none is given. */
export const RETENTION_LIMITS: RetentionLimits = {
  keepRuns: 20,
  maxLines: 100_000,
  batch: 200,
  intervalMs: 5 * 60_000,
  blobGraceMs: 60 * 60_000,
};

/** What retention works on. */
export interface RetentionOptions {
  readonly store: Pick<Store, "retention" | "blobs">;
  readonly files: BlobFiles;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<RetentionLimits>;
}

/**
 * Keeps events, log lines and blob files within their limits: at once and then at every interval, until the signal aborts, when it
 * resolves after the batch it is at. What fails is logged and tried again the next time.
 */
export async function runRetention(options: RetentionOptions, signal: AbortSignal): Promise<void> {
  const { store, files, clock, logger } = options;
  const limits = { ...RETENTION_LIMITS, ...options.limits };
  const attempt = async (what: string, work: () => Promise<number>) => {
    try {
      const dropped = await work();
      if (dropped > 0) logger.info({ dropped }, `retention: ${what} dropped`);
    } catch (error) {
      if (!signal.aborted) logger.error({ error: toOptioError(error).message }, `retention: ${what} not dropped`);
    }
  };
  const collect = () =>
    collectBlobs({ files, blobs: store.blobs, nowMs: clock.now(), graceMs: limits.blobGraceMs, signal });
  while (!signal.aborted) {
    await attempt("events and log lines", () => compactAll(store, limits, signal));
    await attempt("blob files", collect);
    await clock.sleep(limits.intervalMs, signal).catch(() => undefined);
  }
}

async function compactAll(
  store: Pick<Store, "retention">,
  { keepRuns, maxLines, batch }: RetentionLimits,
  signal: AbortSignal,
): Promise<number> {
  let total = 0;
  for (let after: string | null = ""; after !== null && !signal.aborted; ) {
    const step = await store.retention.compact({ keepRuns, maxLines, batch, after });
    total += step.dropped;
    after = step.next;
    await nextTurn();
  }
  return total;
}
