import type {
  Decision,
  DecisionResolution,
  Envelope,
  FeedFrame,
  Filter,
  LoginKind,
  LogLevel,
  LogLine,
  MessageMode,
  MessageState,
  ProcessState,
  ProcessSummary,
  SessionView,
} from "@optio/contract";
import type { ResyncOutcome } from "./process/definitions/definitions.ts";
import type { GroupOutcome } from "./process/groups/cancel-group.ts";
import type { LaunchBlock } from "./process/launch-blocks.ts";
import type { TaskDefinition } from "./process/task.ts";
import type { Session } from "./session/session-handle.ts";
import type { SessionHooks } from "./session/session-work.ts";
import type { StreamPiece } from "./session/viewer.ts";
import type { Page, Store } from "./store/store.ts";

export type { ResyncOutcome } from "./process/definitions/definitions.ts";
export type { GroupOutcome } from "./process/groups/cancel-group.ts";
export type { LaunchBlock } from "./process/launch-blocks.ts";
export type { StreamPiece } from "./session/viewer.ts";

/** A change for the feed; `changeId` is what `Last-Event-ID` carries. */
export interface FeedPiece {
  readonly changeId: number;
  readonly frame: FeedFrame;
}

/** A message as a caller sends it. */
export interface MessageInput {
  readonly text: string;
  readonly mode?: MessageMode;
}

/** Who does something: shown in logs and in `resolvedBy`. */
export interface Actor {
  readonly name: string;
}

export interface SentMessage {
  readonly messageId: string;
  readonly state: MessageState;
  readonly turnId?: string;
}

/** Which lines of a log: after (default 0) or before a line, of a level and the graver ones, of a run, with a text in them. */
export interface LogQuery {
  readonly cursor?: string;
  readonly after?: number;
  readonly before?: number;
  readonly level?: LogLevel;
  readonly run?: number;
  readonly q?: string;
}

export interface EngineProcesses {
  /** @throws `invalid`, `invalid-filter`. */
  list(query: {
    state?: ProcessState;
    q?: string;
    parent?: string;
    filter?: Filter;
    cursor?: string;
    limit: number;
  }): Promise<Page<ProcessSummary>>;
  /** @throws `not-found`. */
  get(id: string): Promise<ProcessSummary>;
  /** A process and its descendants, parents before children. @throws `not-found`. */
  tree(id: string, query: { cursor?: string; limit: number }): Promise<Page<ProcessSummary>>;
  /** A page of log lines; `next` of a page backwards is the `before` of the next one. @throws `not-found`. */
  log(id: string, query: LogQuery & { limit: number }): Promise<Page<LogLine>>;
  /** The lines after `after`, then new ones as they are written; ends on abort. @throws `not-found`. */
  followLog(
    id: string,
    query: Pick<LogQuery, "after" | "level" | "run" | "q"> & { signal: AbortSignal },
  ): AsyncIterable<LogLine>;
  /** @throws `shutting-down`, `not-found`, `not-launchable`, `no-resume-support`, `launch-blocked`. */
  launch(id: string, options?: { resume?: boolean }): Promise<ProcessSummary>;
  /** Launches and waits for the end. Rejects on abort, the run goes on. @throws what `launch` throws. */
  run(id: string, options?: { resume?: boolean; signal?: AbortSignal }): Promise<ProcessSummary>;
  /**
   * Launches and resolves with what the run publishes, as soon as it does; the run goes on.
   * @throws what `launch` throws, `result-not-published` when it ends without, `timeout` (the run goes on).
   */
  launchForResult<T extends object = object>(
    id: string,
    options?: { resume?: boolean; timeoutMs?: number; signal?: AbortSignal },
  ): Promise<T>;
  /** Adds a process that no definition names: launched and resumed by its id in this engine. @throws `id-taken`, `launch-blocked`, `invalid`. */
  define(task: TaskDefinition, options?: { parent?: string; ephemeral?: boolean }): Promise<ProcessSummary>;
  /** Removes an ad-hoc process with its descendants, cancelling it first. @throws `not-found`, `not-dismissable` when it cannot be stopped. */
  remove(id: string): Promise<void>;
  /** Asks the run to end; waits up to `waitMs` for it. @throws `not-found`, `not-cancellable`. */
  cancel(id: string, options: { waitMs: number }): Promise<ProcessSummary>;
  /** @throws `not-found`, `not-dismissable`. */
  dismiss(id: string): Promise<ProcessSummary>;
  /** Resolves with the record when the process is in an end state. Rejects on abort. */
  waitForEnd(id: string, signal?: AbortSignal): Promise<ProcessSummary>;
}

export interface EngineSessions {
  /** Creates an ad-hoc session process and launches it. `agent` names a kind. @throws what `parseConfig` throws, `id-taken`, `shutting-down`. */
  create(agent: string, input: object, options: { given: "json" | "code"; canAnswer: boolean }): Promise<SessionView>;
  /** @throws `not-found`. */
  get(id: string): Promise<SessionView>;
  /** A page of durable events. @throws `not-found`. */
  events(
    id: string,
    query: { after?: number; before?: number; limit: number },
  ): Promise<{ items: Envelope[]; next: number | null }>;
  /**
   * Events after `after`, then the text so far of open items, then live. Never ends by itself; ends on abort.
   * A consumer that falls behind loses live frames and gets snapshots instead, never events.
   * @throws `not-found`.
   */
  attach(id: string, options: { after: number; signal: AbortSignal }): AsyncIterable<StreamPiece>;
  /** The same, as much at once as is ready: for streams to many viewers. An unknown process has no events. */
  attachBatches(id: string, options: { after: number; signal: AbortSignal }): AsyncIterable<readonly StreamPiece[]>;
  /** @throws `not-found`, `session-ended`, `no-active-turn`, `queue-full`, `too-large`, `not-owner`. */
  send(id: string, message: MessageInput): Promise<SentMessage>;
  /** @throws `not-found`, `already-sent`, `too-large`. */
  editMessage(id: string, messageId: string, text: string): Promise<SentMessage>;
  /** @throws `not-found`, `already-sent`. */
  dropMessage(id: string, messageId: string): Promise<void>;
  /** @throws `not-found`, `session-ended`, `session-not-live`, `no-active-turn`. */
  interrupt(id: string): Promise<{ turnId: string }>;
  /** Ends the session as done. @throws `not-found`, `session-ended`. */
  close(id: string): Promise<SessionView>;
  /** @throws `not-found`, `session-not-live`, `login-not-possible`, `login-failed`, `not-available`. */
  login(
    id: string,
    request: { type: "apiKey"; apiKey: string } | { type: "deviceCode" } | { type: "browser" },
  ): Promise<{ loginId: string; verificationUrl?: string; userCode?: string }>;
}

export interface EngineGroups {
  /**
   * Cancels every active process that the filter matches: block first, then all at once, then those that slipped in; purge once
   * ended; the block is lifted again unless it persists.
   * @throws `invalid-filter` for an empty or unknown one, `invalid-persist-without-block`.
   */
  cancel(options: {
    filter: Filter;
    waitMs?: number;
    block?: boolean;
    persist?: boolean;
    reason?: string;
    purge?: boolean;
  }): Promise<GroupOutcome>;
}

export interface EngineBlocks {
  list(): Promise<readonly LaunchBlock[]>;
  /** @throws `invalid-filter`. */
  add(options: { filter: Filter; reason?: string; persistent: boolean }): Promise<LaunchBlock>;
  /** By filter (its canonical form) or id. Answers how many are gone. @throws `invalid-filter`. */
  lift(which: { filter: Filter } | { id: string }): Promise<number>;
}

export interface EngineDecisions {
  list(query: {
    state?: "pending" | "resolved" | "withdrawn";
    cursor?: string;
    limit: number;
  }): Promise<Page<Decision>>;
  /** @throws `not-found`. */
  get(id: string): Promise<Decision>;
  /** First answer wins; the same Idempotency-Key gets the same answer again. @throws `not-found`, `invalid` (not in options), `decision-already-resolved`, `not-owner`. */
  answer(id: string, resolution: DecisionResolution, by: Actor, idempotencyKey?: string): Promise<Decision>;
}

export interface AgentInfo {
  readonly id: string;
  readonly label: string;
  readonly url: string;
  readonly version: string | null;
  readonly available: boolean;
  readonly problem: string | null;
  readonly loginKinds: readonly LoginKind[];
}

/** The engine as servers, command lines and programs use it. */
export interface Engine {
  readonly store: Store;
  readonly processes: EngineProcesses;
  readonly sessions: EngineSessions;
  readonly decisions: EngineDecisions;
  readonly groups: EngineGroups;
  readonly blocks: EngineBlocks;
  /**
   * Reads the definitions again: new ones appear, those that are gone are cancelled and removed with their descendants and blobs, the
   * rest keeps its state. `filter` limits it to what it matches, `clean` removes the records first. Ad-hoc processes stay.
   * @throws `config-refused`, `invalid-filter`.
   */
  resync(options?: { filter?: Filter; clean?: boolean }): Promise<ResyncOutcome>;
  agents(): Promise<AgentInfo[]>;
  /**
   * Creates a session of an agent, launches it and hands it to this program. `agent` may be left out when the engine has one
   * kind; `onDecision` answers approvals by program.
   * @throws what `sessions.create` throws.
   */
  launchSession(config: SessionHooks & { readonly agent?: string; readonly [key: string]: unknown }): Promise<Session>;
  /**
   * Summaries when they change and decision counts, as much at once as is ready. Without `after`: starts with the count and then
   * changes from now on; with it: everything changed since. With `filter` only processes that it matches, one that stops matching
   * being told as removed. Ends on abort. @throws `invalid-filter`.
   */
  feed(options: { after?: number; filter?: Filter; signal: AbortSignal }): AsyncIterable<readonly FeedPiece[]>;
  /** Refuses launches, then lets go of every run: `detach` leaves sessions running for the next owner, else they are ended. */
  close(options?: { detach?: boolean }): Promise<void>;
}
