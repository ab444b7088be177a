import type {
  Decision,
  DecisionResolution,
  Envelope,
  FeedFrame,
  LoginKind,
  LogLine,
  MessageMode,
  MessageState,
  ProcessState,
  ProcessSummary,
  SessionView,
} from "@optio/contract";
import type { Session } from "./session/session-handle.ts";
import type { SessionHooks } from "./session/session-work.ts";
import type { StreamPiece } from "./session/viewer.ts";
import type { Page, Store } from "./store/store.ts";

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

export interface EngineProcesses {
  list(query: {
    state?: ProcessState;
    q?: string;
    parent?: string;
    cursor?: string;
    limit: number;
  }): Promise<Page<ProcessSummary>>;
  /** @throws `not-found`. */
  get(id: string): Promise<ProcessSummary>;
  /** @throws `not-found`. */
  log(id: string, query: { cursor?: string; limit: number }): Promise<Page<LogLine>>;
  /** @throws `not-found`, `not-launchable`, `no-resume-support`, `shutting-down`. */
  launch(id: string, options: { resume: boolean }): Promise<ProcessSummary>;
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
  agents(): Promise<AgentInfo[]>;
  /**
   * Creates a session of an agent, launches it and hands it to this program. `agent` may be left out when the engine has one
   * kind; `onDecision` answers approvals by program.
   * @throws what `sessions.create` throws.
   */
  launchSession(config: SessionHooks & { readonly agent?: string; readonly [key: string]: unknown }): Promise<Session>;
  /** Summaries when they change and decision counts. Without `after`: starts with the count and then changes from now on; with it: everything changed since. Ends on abort. */
  feed(options: { after?: number; signal: AbortSignal }): AsyncIterable<FeedPiece>;
  /** Refuses launches, then lets go of every run: `detach` leaves sessions running for the next owner, else they are ended. */
  close(options?: { detach?: boolean }): Promise<void>;
}
