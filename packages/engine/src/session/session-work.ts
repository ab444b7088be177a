import type { Decision, DecisionResolution } from "@optio/contract";
import type {
  AgentConnection,
  AgentDriver,
  AgentKind,
  Posture,
  SessionConfig,
  SessionDirs,
  SessionSecrets,
} from "../agent/agent-kind.ts";
import type { DetachedProcess } from "../host/host.ts";
import type { ProcessContext } from "../process/task.ts";
import type { Board } from "./board.ts";
import type { SessionManifest } from "./manifest.ts";
import type { PumpTimings } from "./message-pump.ts";

/** Functions that a program attaches to its sessions; never stored. */
export interface SessionHooks {
  /** Answers decisions by program. Undefined leaves the decision to people. */
  readonly onDecision?:
    | ((decision: Decision) => Promise<DecisionResolution | undefined> | DecisionResolution | undefined)
    | undefined;
}

/** Times of a session; tests inject short ones. */
export interface SessionTimings extends PumpTimings {
  /** From the start of the program to its answer to the first request. */
  readonly startTimeoutMs: number;
  /** A program that does not answer within this is taken for dead at adoption (design §4). */
  readonly adoptTimeoutMs: number;
  readonly pingEveryMs: number;
  readonly pingTimeoutMs: number;
  readonly touchOwnerEveryMs: number;
  readonly termGraceMs: number;
  readonly killGraceMs: number;
  readonly watchdogIntervalMs: number;
  /** Waits before the first, second, … restart of the program. */
  readonly restartDelaysMs: readonly number[];
  /** A program that lived longer than this has its restarts forgiven. */
  readonly restartForgivenAfterMs: number;
}

export const SESSION_TIMINGS: SessionTimings = {
  searchAfterMs: 1_000,
  requestTimeoutMs: 30_000,
  startTimeoutMs: 30_000,
  adoptTimeoutMs: 5_000,
  pingEveryMs: 15_000,
  pingTimeoutMs: 10_000,
  touchOwnerEveryMs: 30_000,
  termGraceMs: 2_000,
  killGraceMs: 5_000,
  watchdogIntervalMs: 60_000,
  restartDelaysMs: [0, 1_000, 3_000, 10_000, 30_000],
  restartForgivenAfterMs: 10 * 60_000,
};

/** What the owner of a run holds while it works; each slot is written by the resource that acquires it. */
export interface SessionWork {
  readonly ctx: ProcessContext;
  readonly kind: AgentKind;
  readonly config: SessionConfig;
  readonly hooks: SessionHooks;
  readonly timings: SessionTimings;
  readonly board: Board;
  /** The API key that was given, also by a later login: needed again after a restart of the program. */
  secrets: SessionSecrets;
  manifest: SessionManifest;
  /** The agent's side of the program's present life. */
  driver: AgentDriver;
  posture: Posture | undefined;
  program: DetachedProcess | undefined;
  connection: AgentConnection | undefined;
  /** Whether the run goes on with a thread that an earlier life of the program made. */
  resumed: boolean;
}

/** The directories of the program's present life. */
export function dirsOf(manifest: SessionManifest): SessionDirs {
  return { ...manifest.dirs, control: `${manifest.dirs.taskDir}/control/${manifest.life}` };
}

/** Names the program's present life within the process: requests of the agent are known by it. */
export function instanceOf(work: SessionWork): string {
  return `${work.ctx.run}.${work.manifest.life}`;
}

/** A driver for the present life. */
export function driverFor(work: Pick<SessionWork, "ctx" | "kind" | "config" | "secrets" | "manifest">): AgentDriver {
  const { ctx, kind, config, secrets, manifest } = work;
  return kind.createDriver({
    config,
    secrets,
    host: ctx.platform.host,
    dirs: dirsOf(manifest),
    logger: ctx.platform.logger,
  });
}

/** Changes the manifest, stored before it counts. */
export async function changeManifest(work: SessionWork, change: Partial<SessionManifest>): Promise<void> {
  const manifest = { ...work.manifest, ...change };
  await work.board.commit((tx) => tx.putManifest(manifest));
  work.manifest = manifest;
}
