import { toOptioError } from "@optio/contract";
import type { SessionWork } from "./session-work.ts";
import { dirsOf } from "./session-work.ts";

/** The owner's sign comes this many times within the time after which the watchdog takes the session for an orphan. */
const SIGNS_PER_ORPHAN_TIME = 4;

/**
 * Shows the watchdog of every life of the program that the session has an owner, from the first acquiring until the signal aborts:
 * also while a program starts, hangs or waits for its restart. Never rejects.
 */
export async function keepOwned(work: SessionWork, signal: AbortSignal): Promise<void> {
  const { ctx, timings, config } = work;
  const { clock, host, logger } = ctx.platform;
  const everyMs = Math.min(timings.touchOwnerEveryMs, config.orphanAfterMs / SIGNS_PER_ORPHAN_TIME);
  const stopped = () => signal.aborted;
  while (!stopped()) {
    try {
      // before the first start there is nothing to touch, and starting touches
      if (work.program) await host.files.touch(`${dirsOf(work.manifest).control}/owner`);
      await clock.sleep(everyMs, signal);
    } catch (error) {
      if (stopped()) return;
      logger.warn({ process: ctx.processId, error: toOptioError(error).message }, "could not show the session's owner");
      await clock.sleep(everyMs, signal).catch(() => undefined);
    }
  }
}
