import { OptioError } from "@optio/contract";
import type { AgentConnection } from "../agent/agent-kind.ts";
import { newId } from "../kernel/random.ts";
import type { OwnerTransaction } from "../store/store.ts";
import type { LiveSession } from "./live-session.ts";
import { KICKOFF, RESUME_NOTICE } from "./notices.ts";
import type { SessionWork } from "./session-work.ts";

/** How a connection came about: decides what is told to the log and to the agent. */
export type Arrival = "fresh" | "resumed" | "adopted" | "restarted" | "reconnected";

/** Login, thread and history of a new connection; the session is live when it resolves (design §4). */
export async function attachThread(session: LiveSession, arrival: Arrival, signal: AbortSignal): Promise<void> {
  const { work, pump } = session;
  const connection = requireConnection(work);
  const options = { posture: requirePosture(work), workspace: work.manifest.dirs.workspace };
  const stored = work.manifest.threadId;
  const reading = readLogin(work, connection, signal);
  // a login while a thread is loaded can make the agent refuse the thread: what it fetches for it loses its permission
  if (work.secrets.apiKey) await reading;
  const [login, found] = await Promise.all([
    reading,
    stored ? connection.resumeThread(stored, options, signal) : undefined,
  ]);
  if (stored && !found) await refuseLostThread(work, stored);
  const thread = found ?? (await connection.startThread(options, signal));
  const isNew = thread.threadId !== stored;
  const restarted = arrival === "restarted" || arrival === "resumed";
  const lost = restarted ? await session.describeLost(thread.threadId) : undefined;
  if (!isNew) await session.readHistory(thread.threadId, restarted, signal);
  else if (stored) await session.abandonThread(stored);
  const manifest = {
    ...work.manifest,
    threadId: thread.threadId,
    restarts: work.manifest.restarts + (arrival === "restarted" ? 1 : 0),
    attachedLife: work.manifest.life,
  };
  work.board.live = true;
  work.board.set({ threadId: thread.threadId, ...(thread.model ? { model: thread.model } : {}) });
  await work.board.commit(async (tx) => {
    await tx.putManifest(manifest);
    await announce(tx, work, { arrival, threadId: thread.threadId, lost, restarts: manifest.restarts, isNew });
    await writeLogin(tx, work, login);
    if (arrival !== "fresh") await session.desk.withdrawStale(tx, { all: false });
  });
  work.manifest = manifest;
  session.consume(connection);
  await pump.recover();
}

interface Login {
  readonly required: boolean;
  readonly completed: boolean;
}

/** Logs in with the key that was given, if the agent wants one. */
async function readLogin(work: SessionWork, connection: AgentConnection, signal: AbortSignal): Promise<Login> {
  const { required } = await connection.loginState(signal);
  const { apiKey } = work.secrets;
  if (!required || !apiKey) return { required, completed: false };
  await connection.login({ type: "apiKey", apiKey }, signal);
  return { required: false, completed: true };
}

async function writeLogin(tx: OwnerTransaction, work: SessionWork, login: Login): Promise<void> {
  const { board } = work;
  const was = board.loginRequired;
  board.loginRequired = login.required;
  if (login.required && !was) await tx.append({ type: "login.required", kinds: [...board.loginKinds] });
  if (login.completed || (was && !login.required)) await tx.append({ type: "login.completed", kind: "apiKey" });
}

async function announce(
  tx: OwnerTransaction,
  work: SessionWork,
  facts: { arrival: Arrival; threadId: string; lost: string | undefined; restarts: number; isNew: boolean },
): Promise<void> {
  const { arrival, threadId, lost, restarts } = facts;
  if (arrival === "adopted") await tx.append({ type: "session.adopted" });
  if (arrival === "fresh" || arrival === "resumed" || facts.isNew)
    await tx.append({ type: "session.live", thread: { id: threadId } });
  if (arrival === "restarted" || arrival === "resumed") {
    await tx.append({ type: "session.resumed", from: "workspace", ...(lost ? { lost } : {}), restarts });
  }
  await putFirstMessage(tx, work, facts);
}

/** Prompt or kickoff once per fresh run, with the very commit that makes the thread known; the notice when resumed. */
async function putFirstMessage(
  tx: OwnerTransaction,
  work: SessionWork,
  facts: { arrival: Arrival; isNew: boolean },
): Promise<void> {
  const { config, ctx } = work;
  const first = work.manifest.threadId === null && !work.resumed;
  if (first && config.prompt) await put(tx, config.prompt, "person");
  else if (first && config.autoStart) await put(tx, KICKOFF, "harness");
  else if (facts.arrival === "resumed") await put(tx, RESUME_NOTICE, "harness");

  async function put(to: OwnerTransaction, text: string, origin: "person" | "harness"): Promise<void> {
    await to.putMessage({
      messageId: newId("msg"),
      text,
      mode: "auto",
      state: "queued",
      origin,
      createdAt: ctx.platform.clock.now(),
      turnId: null,
    });
  }
}

/** The agent has no such thread: no loss while nothing was said in it, otherwise a failure that is told. */
async function refuseLostThread(work: SessionWork, threadId: string): Promise<void> {
  const { ctx, kind } = work;
  const record = await ctx.platform.store.processes.find(ctx.processId);
  if (record?.hasSavedState) {
    throw new OptioError(
      "agent-refused",
      `${kind.label} does not know the thread '${threadId}' any more; its files in '${work.manifest.dirs.home}' are kept`,
    );
  }
}

function requireConnection({ connection }: SessionWork): AgentConnection {
  if (!connection)
    throw new OptioError("agent-closed", "the connection to the agent closed while the session became live");
  return connection;
}

function requirePosture({ posture }: SessionWork) {
  if (!posture) throw new OptioError("internal", "the posture was not resolved before the thread");
  return posture;
}
