import { OptioError } from "@optio/contract";
import type { AgentKind, SessionConfig, SessionSecrets } from "../agent/agent-kind.ts";
import type { ProcessContext } from "../process/task.ts";
import type { SessionFacts, Store } from "../store/store.ts";
import { Board } from "./board.ts";
import type { SessionManifest } from "./manifest.ts";
import { readManifest } from "./manifest.ts";
import type { SessionHooks, SessionTimings, SessionWork } from "./session-work.ts";
import { driverFor } from "./session-work.ts";

/** What a session is run from. */
export interface SessionSetup {
  readonly kind: AgentKind;
  readonly config: SessionConfig;
  readonly secrets: SessionSecrets;
  readonly hooks: SessionHooks;
  readonly timings: SessionTimings;
}

/** Facts of a session before its run has done anything. */
export function initialFacts(
  { model, scripted }: { readonly model: string | null; readonly scripted: boolean },
  resumeFrom: number | null,
): SessionFacts {
  return {
    phase: "starting",
    threadId: null,
    activity: null,
    model,
    scripted,
    usage: null,
    limits: null,
    diff: null,
    login: { required: false, kinds: [] },
    workspace: null,
    posture: null,
    resumeFrom,
  };
}

/** Puts together what this owner holds of a run: from the run's own manifest (adopting), an earlier run's (resuming), or new. */
export async function openWork(
  ctx: ProcessContext,
  setup: SessionSetup,
): Promise<{ work: SessionWork; adopting: boolean }> {
  const { store } = ctx.platform;
  const record = await store.processes.find(ctx.processId);
  if (!record) throw new OptioError("not-found", `no process '${ctx.processId}'`);
  const facts = record.session ?? initialFacts(setup.kind.describe(setup.config), null);
  const own = await readManifest(store, ctx.processId, ctx.run);
  const resumed =
    own || facts.resumeFrom === null ? undefined : await findThread(store, ctx.processId, facts.resumeFrom);
  const manifest =
    own ??
    (resumed ? { ...resumed, program: null, restarts: 0, attachedLife: undefined } : newManifest(ctx, setup.config));
  const board = new Board(store, ctx.key, {
    ...facts,
    agent: setup.kind.id,
    workspace: manifest.dirs.workspace,
    threadId: manifest.threadId,
  });
  board.loginRequired = facts.login.required;
  board.loginKinds = setup.kind.loginKinds;
  const base = { ctx, ...setup, manifest };
  const work: SessionWork = {
    ...base,
    board,
    driver: driverFor(base),
    posture: undefined,
    program: undefined,
    connection: undefined,
    resumed: resumed !== undefined,
  };
  return { work, adopting: own !== undefined };
}

/** The manifest of the newest run up to that one which came to a thread: those after it touched nothing of it. */
async function findThread(store: Store, processId: string, upToRun: number): Promise<SessionManifest | undefined> {
  for (let run = upToRun; run > 0; run -= 1) {
    const manifest = await readManifest(store, processId, run);
    if (manifest?.threadId) return manifest;
  }
  return undefined;
}

function newManifest(ctx: ProcessContext, config: SessionConfig): SessionManifest {
  const taskDir = `${ctx.platform.tasksRoot}/${ctx.processId}/run-${ctx.run}`;
  const own = config.source === "none";
  return {
    version: 1,
    dirs: {
      taskDir,
      workspace: config.source === "none" ? `${taskDir}/workspace` : config.source.directory,
      home: `${taskDir}/home`,
    },
    ownsWorkspace: own,
    life: 0,
    program: null,
    threadId: null,
    restarts: 0,
  };
}
