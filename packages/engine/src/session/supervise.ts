import { OptioError, toOptioError } from "@optio/contract";
import { beginLife } from "./acquire-session.ts";
import type { Arrival } from "./attach-thread.ts";
import { attachThread } from "./attach-thread.ts";
import type { LiveSession, SessionEnd } from "./live-session.ts";
import { describeEnd } from "./program-end.ts";
import { startProgram, stopProgram } from "./resources/agent-server.ts";
import { closeConnection, connectToNew, connectToRunning } from "./resources/connection.ts";
import type { RestartBudget } from "./restart-budget.ts";
import type { SessionWork } from "./session-work.ts";

/** Keeps a session going until it is closed or fails: watches the connection, and restores it or the program when it is lost. */
export async function supervise(session: LiveSession, budget: RestartBudget, signal: AbortSignal): Promise<SessionEnd> {
  const { work } = session;
  for (;;) {
    const watch = new AbortController();
    void heartbeat(session, AbortSignal.any([signal, watch.signal]));
    const lost = work.connection?.closed.then(({ reason }) => ({ type: "lost" as const, reason })) ?? {
      type: "lost" as const,
      reason: "no connection",
    };
    const end = await Promise.race([session.ended, lost, aborted(signal)]).finally(() => watch.abort());
    if (end.type !== "lost") return end;
    try {
      await restore(session, budget, AbortSignal.any([signal, session.over]));
    } catch (error) {
      if (!session.over.aborted || signal.aborted) throw error;
      return session.ended;
    }
  }
}

/** Connects again to a program that lives, else starts it again on the same thread. @throws `agent-exited`, `recover-budget-spent`. */
export async function restore(
  session: LiveSession,
  budget: RestartBudget,
  signal: AbortSignal,
  arrival: Arrival = "reconnected",
): Promise<void> {
  const { work, pump } = session;
  work.board.live = false;
  pump.disconnected();
  await closeConnection(work);
  await session.heard();
  if (await reconnect(session, arrival, signal)) return;
  const cause = await describeEnd(work);
  // whatever of the old program is left must be gone before a new one gets the thread
  await stopProgram(work, { graceful: false, signal });
  await work.board.commit((tx) => tx.append({ type: "warning", code: "agent-exited", message: cause }));
  if (work.config.recover === "fail") throw new OptioError("agent-exited", cause);
  await restart(session, budget, cause, signal);
}

async function reconnect(session: LiveSession, arrival: Arrival, signal: AbortSignal): Promise<boolean> {
  const { work } = session;
  if (!work.program || !(await work.ctx.platform.host.processes.isAlive(work.program.program))) return false;
  try {
    work.connection = await connectToRunning(work, signal);
    await attachThread(session, arrivalOf(work, arrival), signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    refuseLostOwnership(error);
    await closeConnection(work);
    return false;
  }
}

async function restart(
  session: LiveSession,
  budget: RestartBudget,
  firstCause: string,
  signal: AbortSignal,
): Promise<void> {
  const { work } = session;
  let cause = firstCause;
  for (;;) {
    await budget.spend(cause, signal);
    try {
      await beginLife(work);
      await work.driver.prepare(signal);
      await startProgram(work, signal);
      work.connection = await connectToNew(work, signal);
      return await attachThread(session, arrivalOf(work, "restarted"), signal);
    } catch (error) {
      signal.throwIfAborted();
      refuseLostOwnership(error);
      cause = toOptioError(error).message;
      await closeConnection(work);
      await stopProgram(work, { graceful: false, signal });
      await work.ctx.log("warning", `${work.kind.label} could not be started again: ${cause}`);
    }
  }
}

/** An earlier owner may have started this life of the program and died before it held the thread: that start is told now. */
function arrivalOf({ manifest }: SessionWork, arrival: Arrival): Arrival {
  const { threadId, life, attachedLife } = manifest;
  if (threadId === null || attachedLife === life) return arrival;
  return attachedLife === undefined ? "resumed" : "restarted";
}

/** A failure that no restart mends. */
function refuseLostOwnership(error: unknown): void {
  if (error instanceof OptioError && (error.code === "stale-owner" || error.code === "store-failed")) throw error;
}

/** Notices a program that hangs. */
async function heartbeat({ work }: LiveSession, signal: AbortSignal): Promise<void> {
  const { ctx, timings } = work;
  const { clock, logger } = ctx.platform;
  const stopped = () => signal.aborted;
  while (!stopped()) {
    try {
      await clock.sleep(timings.pingEveryMs, signal);
      await work.connection?.ping(timings.pingTimeoutMs);
    } catch (error) {
      if (stopped()) return;
      logger.warn({ process: ctx.processId, error: toOptioError(error).message }, "the agent does not answer");
      await work.connection?.close();
      return;
    }
  }
}

function aborted(signal: AbortSignal): Promise<SessionEnd> {
  return new Promise((resolve) => {
    const end = () => resolve({ type: "failed", error: toOptioError(signal.reason, "cancelled") });
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}
