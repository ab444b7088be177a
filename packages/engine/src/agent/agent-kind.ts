import type { Duplex } from "node:stream";
import type {
  DecisionAnswer,
  DecisionKind,
  DecisionResolution,
  DeltaChannel,
  DiffStat,
  Item,
  Limits,
  LoginKind,
  TurnError,
  TurnStatus,
  Usage,
} from "@optio/contract";
import type { Host } from "../host/host.ts";
import type { Logger } from "../kernel/logger.ts";

/** What every session configuration has, whatever the agent; the agent's own keys ride in the same object. */
export interface SessionConfig {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly instructions?: string | undefined;
  readonly prompt?: string | undefined;
  readonly autoStart: boolean;
  readonly source: "none" | { readonly directory: string };
  readonly supportsResume: boolean;
  readonly keepWorkspaceOnFailure: boolean;
  readonly recover: "resume" | "fail";
  readonly orphanAfterMs: number;
}

/** Secrets of a session that live in memory only and are never stored. */
export interface SessionSecrets {
  readonly apiKey?: string;
}

/** Directories of one run; all absolute, all on the session's host. */
export interface SessionDirs {
  /** `tasks/<process>/run-<n>`: private, holds the others unless the workspace is the user's own. */
  readonly taskDir: string;
  readonly workspace: string;
  /** Isolated HOME. */
  readonly home: string;
  /** Pid, exit and owner files, logs of the program; outside the workspace. */
  readonly control: string;
}

/** The sandbox posture of a run, resolved once and the same for every launch surface. */
export interface Posture {
  readonly sandbox: string;
  readonly approvals: string;
  readonly networkAccess: boolean;
  readonly containment: string;
  readonly writableRoots: readonly string[];
}

/** A program that provides sessions: one folder under `agents/`. */
export interface AgentKind {
  readonly id: string;
  readonly label: string;
  readonly url: string;
  readonly loginKinds: readonly LoginKind[];
  /**
   * Checks a configuration. `secrets` is split off so that what is stored holds none.
   * `canAnswer` says whether a person (or onDecision) will answer approvals: it decides the default of `approvals`.
   * @throws `not-available`, `invalid`, `contradiction`.
   */
  parseConfig(
    input: object,
    options: { given: "json" | "code"; canAnswer: boolean },
  ): { config: SessionConfig; secrets: SessionSecrets };
  /** Reads back a configuration that `parseConfig` made and the store kept. @throws `invalid`. */
  restoreConfig(stored: unknown): SessionConfig;
  /** Checks a message before it is taken. @throws `too-large` naming the limit when the agent would refuse it for its length. */
  checkMessage(text: string): void;
  /** Label facts of a configuration for lists: model name as asked for, and whether a scripted model answers. */
  describe(config: SessionConfig): { model: string | null; scripted: boolean };
  /** Whether the agent's program is there, and of which version. Never throws. */
  probe(): Promise<{ version: string | null; available: boolean; problem: string | null }>;
  /** The agent's side of one run. */
  createDriver(options: AgentDriverOptions): AgentDriver;
}

export interface AgentDriverOptions {
  readonly config: SessionConfig;
  readonly secrets: SessionSecrets;
  readonly host: Host;
  readonly dirs: SessionDirs;
  readonly logger: Logger;
}

/** What starts the agent's program. */
export interface LaunchSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** The agent's side of one run: files, command line, connection. */
export interface AgentDriver {
  /** Finds and checks the program (row 4), makes home and configuration. Idempotent. @throws `agent-binary-missing`, `agent-version-refused`, `agent-config-refused`, `directory-refused`. */
  prepare(signal: AbortSignal): Promise<{ version: string }>;
  /** Resolves the posture (row 5). @throws `containment-unavailable`, `directory-refused`. */
  resolvePosture(signal: AbortSignal): Promise<Posture>;
  /** Puts the standing instructions where the agent reads global ones, never into the workspace (row 10); undefined removes them. */
  writeInstructions(text: string | undefined, signal: AbortSignal): Promise<void>;
  /** Command line of the agent's server (row 11). */
  serverCommand(signal: AbortSignal): Promise<LaunchSpec>;
  /** The real socket of the server, for `host.connectSocket`. */
  socketPath(): Promise<string>;
  /** Called before a server is started: removes a stale socket of an earlier server of this run. */
  clearSocket(): Promise<void>;
  /** Speaks the agent's protocol over the stream; ready after `initialize`. Takes charge of the stream. */
  connect(stream: Duplex, options: { signal: AbortSignal; timeoutMs: number }): Promise<AgentConnection>;
  /** Words for a person from the program's last output when it failed to start: the distinct error for it. */
  explainFailure(
    exitCode: number | null,
    stderrTail: string,
  ): { code: "agent-start-failed" | "agent-config-refused" | "agent-exited"; message: string };
}

/** One normalised notice of an agent. The vendor's own shapes end at the adapter that makes these. */
export type AgentFact =
  | { readonly type: "turn.started"; readonly threadId: string; readonly turnId: string }
  | {
      readonly type: "turn.completed";
      readonly threadId: string;
      readonly turnId: string;
      readonly status: TurnStatus;
      readonly error?: TurnError;
    }
  | { readonly type: "item.started"; readonly threadId: string; readonly turnId: string; readonly item: Item }
  | { readonly type: "item.completed"; readonly threadId: string; readonly turnId: string; readonly item: Item }
  | {
      readonly type: "item.delta";
      readonly threadId: string;
      readonly turnId: string;
      readonly itemId: string;
      readonly channel: DeltaChannel;
      readonly append: string;
    }
  | {
      readonly type: "plan.updated";
      readonly threadId: string;
      readonly turnId: string;
      readonly plan: { step: string; status: string }[];
    }
  | { readonly type: "diff.updated"; readonly threadId: string; readonly turnId: string; readonly stat: DiffStat }
  | { readonly type: "usage.updated"; readonly threadId: string; readonly usage: Usage }
  | { readonly type: "limits.updated"; readonly limits: Limits }
  | { readonly type: "login.changed"; readonly required: boolean; readonly account?: string }
  | { readonly type: "decision.requested"; readonly request: DecisionDemand }
  /** The agent says a request is settled, by us or by another client. */
  | { readonly type: "decision.settled"; readonly agentKey: string }
  | { readonly type: "warning"; readonly code: string; readonly message: string; readonly threadId?: string };

/** A request of the agent that waits for a person. */
export interface DecisionDemand {
  /** Names the request within one life of the agent's program; the same when it is sent again. */
  readonly agentKey: string;
  readonly kind: DecisionKind;
  readonly threadId: string;
  readonly turnId: string;
  readonly itemId: string | undefined;
  readonly request: Readonly<Record<string, unknown>>;
  readonly options: readonly DecisionAnswer[];
}

/** A turn as the agent remembers it. */
export interface AgentTurn {
  readonly turnId: string;
  readonly status: TurnStatus | "inProgress";
  readonly error?: TurnError;
  /** In order; an item still open has status inProgress. */
  readonly items: readonly Item[];
}

export interface ThreadOptions {
  readonly posture: Posture;
  readonly workspace: string;
}

/** A live connection to an agent's server. Every request rejects with `agent-refused`, `agent-closed`, `agent-unresponsive` (no answer in time) or the abort reason. */
export interface AgentConnection {
  /** Notices in order, from the moment of connecting; ends when the connection does. One consumer. */
  readonly facts: AsyncIterable<AgentFact>;
  /** Settles when the connection is over. */
  readonly closed: Promise<{ reason: string }>;
  /** Whether the agent can call its model; kinds it takes. */
  loginState(signal: AbortSignal): Promise<{ required: boolean }>;
  login(request: { type: "apiKey"; apiKey: string }, signal: AbortSignal): Promise<void>;
  startThread(options: ThreadOptions, signal: AbortSignal): Promise<{ threadId: string; model: string | null }>;
  /**
   * Subscribes to a stored or loaded thread; pending requests are sent again as facts.
   * Undefined when the agent has no such thread (nothing was said in it before the program died).
   */
  resumeThread(
    threadId: string,
    options: ThreadOptions,
    signal: AbortSignal,
  ): Promise<{ threadId: string; model: string | null } | undefined>;
  /** Turns after the newest one for which `isSettled` is true, oldest first. */
  turnsSince(
    threadId: string,
    isSettled: (turnId: string) => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<AgentTurn[]>;
  /** `messageId` comes back as the `messageId` of the userMessage item. The reply is no receipt. The id may be that of a running turn. */
  startTurn(
    request: { threadId: string; text: string; messageId: string },
    signal: AbortSignal,
  ): Promise<{ turnId: string }>;
  /** @throws `no-active-turn` when that turn is not the running one. */
  steer(
    request: { threadId: string; turnId: string; text: string; messageId: string },
    signal: AbortSignal,
  ): Promise<void>;
  /** @throws `no-active-turn`. */
  interrupt(request: { threadId: string; turnId: string }, signal: AbortSignal): Promise<void>;
  /** Answers a request; a second answer is ignored by the agent. */
  answer(
    demand: { agentKey: string; kind: DecisionKind; request: Readonly<Record<string, unknown>> },
    resolution: DecisionResolution,
  ): Promise<void>;
  /** Resolves when the agent's program answers anything. @throws `agent-unresponsive`. */
  ping(timeoutMs: number): Promise<void>;
  close(): Promise<void>;
}
