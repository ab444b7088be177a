import type { OptioError } from "@optio/contract";
import { toOptioError } from "@optio/contract";
import type { ResourceStep } from "../kernel/resource-stack.ts";
import { ResourceStack } from "../kernel/resource-stack.ts";
import type { ProcessContext } from "../process/task.ts";
import { acquireSession, adoptSession } from "./acquire-session.ts";
import { attachThread } from "./attach-thread.ts";
import { keepOwned } from "./keep-owned.ts";
import type { SessionEnd } from "./live-session.ts";
import { LiveSession } from "./live-session.ts";
import type { SessionSetup } from "./open-work.ts";
import { openWork } from "./open-work.ts";
import { RestartBudget } from "./restart-budget.ts";
import { restore, supervise } from "./supervise.ts";

/**
 * Runs a session as the given run of a process, from acquiring to teardown. Returns "detached" when this owner let go and the
 * session lives on.
 * @throws what made the session fail; the abort reason when it was cancelled.
 */
export async function runSession(ctx: ProcessContext, setup: SessionSetup): Promise<"detached" | undefined> {
  const { work, adopting } = await openWork(ctx, setup);
  const session = new LiveSession(work);
  ctx.publishResult(session);
  const stack = new ResourceStack((step) => void logStep(ctx, step));
  const failure = await live(session, stack, adopting);
  if (ctx.detachSignal.aborted && !ctx.signal.aborted) return letGo(session, stack);
  if (failure?.code === "stale-owner") {
    await letGo(session, stack);
    throw failure;
  }
  await end(session, stack, failure);
  if (failure) throw failure;
  return undefined;
}

/** From acquiring to the reason of the end: undefined for a close. */
async function live(session: LiveSession, stack: ResourceStack, adopting: boolean): Promise<OptioError | undefined> {
  const { ctx, timings } = session.work;
  const given = AbortSignal.any([ctx.signal, ctx.detachSignal]);
  const signal = AbortSignal.any([given, session.over]);
  const budget = new RestartBudget({
    clock: ctx.platform.clock,
    delaysMs: timings.restartDelaysMs,
    forgivenAfterMs: timings.restartForgivenAfterMs,
  });
  const owning = new AbortController();
  const owned = keepOwned(session.work, owning.signal);
  try {
    if (adopting && session.work.manifest.program === null && session.work.manifest.threadId === null) {
      // the earlier owner died before it had a program: nothing is lost by beginning again
      await ctx.platform.host.processes.killMarked(session.work.manifest.dirs.taskDir, signal);
      await acquireSession(session.work, stack, signal);
      await attachThread(session, "fresh", signal);
    } else if (adopting) {
      await adoptSession(session.work, stack, signal);
      await restore(session, budget, signal, "adopted");
    } else {
      await acquireSession(session.work, stack, signal);
      await attachThread(session, session.work.resumed ? "resumed" : "fresh", signal);
    }
    return failureOf(await supervise(session, budget, given));
  } catch (error) {
    // closed while it started or was restored: that is its end, not the work that was cut short
    return session.over.aborted && !given.aborted ? failureOf(await session.ended) : toOptioError(error);
  } finally {
    owning.abort();
    await owned;
  }
}

function failureOf(end: SessionEnd): OptioError | undefined {
  return end.type === "failed" ? end.error : undefined;
}

async function letGo(session: LiveSession, stack: ResourceStack): Promise<"detached"> {
  session.pump.disconnected();
  await stack.detach();
  await session.heard();
  session.text.closeAll();
  return "detached";
}

/** Teardown: resources in reverse, then what is still open is closed and the end is told. */
async function end(session: LiveSession, stack: ResourceStack, failure: OptioError | undefined): Promise<void> {
  const { work, pump, journal, desk, text } = session;
  const { board, ctx, manifest } = work;
  pump.disconnected();
  const failures = await stack.release();
  await session.heard();
  if (manifest.threadId) await journal.closeOpen(manifest.threadId);
  text.closeAll();
  const outcome = ctx.signal.aborted ? "cancelled" : failure ? "failed" : "done";
  if (outcome === "failed" && failures.length === 0) await dropWorkspace(session);
  await board.commit(async (tx) => {
    await desk.withdrawStale(tx, { all: true });
    board.ended = true;
    board.live = false;
    await tx.append({ type: "session.ended", outcome });
  });
}

/** A failed session's directories stay unless the configuration gives them up; only ours are ever removed, and never those of an earlier run. */
async function dropWorkspace({ work }: LiveSession): Promise<void> {
  const { config, manifest, ctx, board } = work;
  if (config.keepWorkspaceOnFailure || !manifest.ownsWorkspace || board.facts.resumeFrom !== null) return;
  await ctx.platform.host.files.remove(manifest.dirs.taskDir);
  await work.board.commit((tx) => tx.patch({ hasSavedState: false }));
}

async function logStep(ctx: ProcessContext, step: ResourceStep): Promise<void> {
  const what = `${step.verb} of ${step.resource}`;
  const line = step.error ? `${what} failed: ${step.error.message}` : `${what} took ${Math.round(step.durationMs)} ms`;
  // a detached run has no owner whose log it could be
  if (step.verb === "release") await ctx.log(step.error ? "error" : "debug", line).catch(() => undefined);
}
