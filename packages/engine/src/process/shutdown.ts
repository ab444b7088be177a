import { OptioError, toOptioError } from "@optio/contract";
import { deadlineFor, deliverCancel } from "./cancel.ts";
import type { LiveRun } from "./live-run.ts";
import type { ProcessParts } from "./process-options.ts";

/**
 * Ends every run here and waits for it, for its grace at most: all are told at once, those that do not heed it are ended by force at
 * their deadline. With `detach` root sessions are let go of instead and live on; nobody could pick up anything else.
 */
export async function endAllRuns(parts: ProcessParts, { detach }: { detach: boolean }): Promise<void> {
  const roots = parts.runs.all().filter((run) => run.parent === undefined);
  const leaving = roots.filter((run) => detach && run.isSession);
  const ending = roots.filter((run) => !leaving.includes(run));
  await Promise.all(ending.map((run) => stampForResume(parts, run)));
  const reason = new OptioError("shutting-down", "the engine is stopping");
  await Promise.all([...leaving.map((run) => letGo(parts, run)), ...ending.map((run) => endRoot(parts, run, reason))]);
}

async function endRoot(parts: ProcessParts, run: LiveRun, reason: OptioError): Promise<void> {
  await deliverCancel(parts, run, { reason, shutdown: true });
  await run.ended;
}

/** A run under cancel goes on ending; the bound is that of an end by force. */
async function letGo(parts: ProcessParts, run: LiveRun): Promise<void> {
  const { dispatcher, services } = parts.options;
  dispatcher.detach(run.id);
  const over = new AbortController();
  void run.ended.then(() => over.abort());
  try {
    await services.clock.sleep(deadlineFor(parts, run) - services.clock.now(), over.signal);
    services.logger.error({ process: run.id }, "a session did not let go in time; the next owner takes it over");
  } catch {
    // it is over
  }
}

/** Before the abort: the state that the next start resumes from is what the run leaves behind. */
async function stampForResume(parts: ProcessParts, run: LiveRun): Promise<void> {
  const { store, logger } = parts.options.services;
  if (!run.task.autoResume || run.cancel) return;
  try {
    await store.asOwner(run.key, async (tx) => {
      await tx.patch({ autoResumeStamped: true });
      await tx.append({
        type: "process.logged",
        level: "info",
        message: "the engine stops while this task runs: it is resumed after the next start",
      });
    });
  } catch (error) {
    logger.warn({ process: run.id, error: toOptioError(error).message }, "could not stamp a run for its resume");
  }
}
