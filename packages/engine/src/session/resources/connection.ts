import { OptioError } from "@optio/contract";
import type { AgentConnection } from "../../agent/agent-kind.ts";
import { waitOrAbort, withDeadline } from "../../kernel/abort.ts";
import type { SessionWork } from "../session-work.ts";
import { dirsOf } from "../session-work.ts";
import type { SessionResource } from "./resource.ts";

const LISTEN_GAP_MS = 3_000;
const LISTEN_RETRY_MS = 3;

/** Row 12: the connection to the agent's server. */
export const connection: SessionResource = {
  name: "connection",
  async acquire(work, signal) {
    work.connection = await connectToNew(work, signal);
  },
  async adopt(work, signal) {
    work.connection = await connectToRunning(work, signal);
  },
  detach: closeConnection,
  async release(work, signal) {
    await interruptTurn(work, signal);
    await closeConnection(work);
  },
};

/** Connects to a program that was just started; its early end is told in its own last words. @throws `agent-start-failed`, `agent-config-refused`, `agent-unresponsive`. */
export async function connectToNew(work: SessionWork, signal: AbortSignal): Promise<AgentConnection> {
  const { ctx, driver, timings, program } = work;
  if (!program) throw new OptioError("internal", "no program to connect to");
  const { control } = dirsOf(work.manifest);
  const { files, processes } = ctx.platform.host;
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  const watching = processes
    .waitForExit(control, program, AbortSignal.any([signal, ended.signal]))
    .then(async ({ exitCode }) => {
      const said = await files.readTail(`${control}/err.log`, 16 * 1024);
      const { code, message } = driver.explainFailure(exitCode, said);
      ended.abort(new OptioError(code === "agent-exited" ? "agent-start-failed" : code, message));
    });
  watching.catch(() => undefined);
  try {
    return await withDeadline(
      { timeoutMs: timings.startTimeoutMs, what: `the start of ${work.kind.label}`, signal: stop },
      async (deadline) => {
        const path = await driver.socketPath();
        await files.waitForPath(path, { timeoutMs: timings.startTimeoutMs, signal: deadline });
        return connectAsSoonAsItListens(work, path, deadline);
      },
    );
  } catch (error) {
    if (!(error instanceof OptioError) || error.code !== "timeout") throw error;
    throw new OptioError("agent-start-failed", `${work.kind.label} stayed silent: ${error.message}`, { cause: error });
  } finally {
    ended.abort(new OptioError("cancelled", "the watch over the start is over"));
  }
}

/** Connects to a program that ran before this owner came. @throws when it does not answer within the adoption time. */
export async function connectToRunning(work: SessionWork, signal: AbortSignal): Promise<AgentConnection> {
  const { timings, driver } = work;
  return withDeadline(
    { timeoutMs: timings.adoptTimeoutMs, what: `an answer of the running ${work.kind.label}`, signal },
    async (deadline) => connectAt(work, await driver.socketPath(), deadline, timings.adoptTimeoutMs),
  );
}

/** Between a socket's appearance and its first `listen` connections are refused, and no event tells the moment. */
async function connectAsSoonAsItListens(
  work: SessionWork,
  path: string,
  signal: AbortSignal,
): Promise<AgentConnection> {
  const { clock } = work.ctx.platform;
  const giveUpAt = clock.now() + LISTEN_GAP_MS;
  for (;;) {
    try {
      return await connectAt(work, path, signal, work.timings.startTimeoutMs);
    } catch (error) {
      const refused = error instanceof OptioError && error.code === "socket-refused";
      if (!refused || clock.now() > giveUpAt) throw error;
      await clock.sleep(LISTEN_RETRY_MS, signal);
    }
  }
}

async function connectAt(
  { ctx, driver }: SessionWork,
  path: string,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<AgentConnection> {
  const stream = await ctx.platform.host.connectSocket(path, { timeoutMs, signal });
  const connecting = driver.connect(stream, { signal, timeoutMs });
  // a late success must not leak its connection
  connecting.then(
    (late) => (signal.aborted ? late.close() : undefined),
    () => stream.destroy(),
  );
  return waitOrAbort(connecting, signal);
}

/** Closes the connection; the program lives on. */
export async function closeConnection(work: SessionWork): Promise<void> {
  const open = work.connection;
  work.connection = undefined;
  await open?.close();
}

async function interruptTurn({ connection: open, board, manifest }: SessionWork, signal: AbortSignal): Promise<void> {
  const turnId = board.activeTurnId;
  if (!open || !turnId || !manifest.threadId) return;
  // a program that does not answer is ended by row 11 all the same
  await open
    .interrupt({ threadId: manifest.threadId, turnId }, AbortSignal.any([signal, AbortSignal.timeout(2_000)]))
    .catch(() => undefined);
}
