import type {
  Decision,
  DiffStat,
  ErrorRecord,
  Limits,
  LoginKind,
  MessageMode,
  MessageState,
  ProcessState,
  Progress,
  ScheduleSpec,
  SessionPhase,
  TurnStatus,
  Usage,
} from "@optio/contract";

/** Who owns a run: one OS process of one boot of one machine, until `leaseUntil` (ms since 1970). */
export interface Owner {
  readonly machineId: string;
  readonly bootId: string;
  readonly pid: number;
  readonly startTime: string;
  readonly leaseUntil: number;
}

/** What fences a write: this ownership of this run. */
export interface OwnerKey {
  readonly processId: string;
  readonly run: number;
  readonly epoch: number;
}

/** Facts of a session kept in its process record for lists and pages. */
export interface SessionFacts {
  /** The agent's id; the record names none where a plain task runs the session. */
  readonly agent?: string | undefined;
  readonly phase: SessionPhase;
  readonly threadId: string | null;
  readonly activity: string | null;
  readonly model: string | null;
  readonly scripted: boolean;
  readonly usage: Usage | null;
  readonly limits: Limits | null;
  readonly diff: DiffStat | null;
  readonly login: { readonly required: boolean; readonly kinds: readonly LoginKind[] };
  readonly workspace: string | null;
  /** The run whose home, workspace and thread this run goes on with; null for a fresh one. */
  readonly resumeFrom: number | null;
  readonly posture: {
    readonly sandbox: string;
    readonly approvals: string;
    readonly networkAccess: boolean;
    readonly containment: string;
  } | null;
}

/** One process as stored. */
export interface ProcessRecord {
  readonly id: string;
  readonly kind: "session" | "task";
  readonly agent: string | null;
  readonly name: string;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Made by `POST /sessions` or `launchSession`, not by a definition. */
  readonly adhoc: boolean;
  /** The session configuration, sealed by secrets/; null for a task that a program defines. */
  readonly sealedConfig: string | null;
  readonly parent: string | null;
  readonly state: ProcessState;
  readonly run: number;
  readonly epoch: number;
  readonly owner: Owner | null;
  readonly progress: Progress | null;
  readonly error: ErrorRecord | null;
  readonly cancellable: boolean;
  readonly supportsResume: boolean;
  readonly hasSavedState: boolean;
  readonly headSeq: number;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly session: SessionFacts | null;
  /** Grows over all processes with every change of any record; the feed's cursor. */
  readonly changeId: number;
  readonly pendingDecisions: number;
  readonly queued: number;
  /** Its own id for a root. */
  readonly root: string;
  readonly depth: number;
  /** Place among its siblings. */
  readonly order: number;
  readonly params: Readonly<Record<string, unknown>>;
  readonly special: boolean;
  readonly warning: string | null;
  readonly uiWidget: string | null;
  readonly widgetData: unknown;
  readonly schedule: ScheduleSpec | null;
  readonly nextFireAt: number | null;
  readonly ttlSeconds: number | null;
  readonly expiresAt: number | null;
  readonly autoResume: boolean;
  /** A shutdown stopped it; the next start resumes it. */
  readonly autoResumeStamped: boolean;
  readonly ephemeral: boolean;
  /** Number of the newest log line. */
  readonly logHead: number;
  /** Seq of the oldest event that is kept. */
  readonly firstSeq: number;
}

export interface NewProcess {
  readonly id: string;
  readonly kind: "session" | "task";
  readonly agent: string | null;
  readonly name: string;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly adhoc: boolean;
  readonly sealedConfig: string | null;
  readonly parent: string | null;
  readonly cancellable: boolean;
  readonly supportsResume: boolean;
  readonly session: SessionFacts | null;
  /** Place among its siblings; default 0. Root and depth follow from the parent. */
  readonly order?: number;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly special?: boolean;
  readonly warning?: string | null;
  readonly uiWidget?: string | null;
  readonly schedule?: ScheduleSpec | null;
  readonly nextFireAt?: number | null;
  readonly ttlSeconds?: number | null;
  readonly autoResume?: boolean;
  readonly ephemeral?: boolean;
}

/** Fields that a state change or an owner may write besides the state. Absent = unchanged. */
export interface ProcessPatch {
  readonly progress?: Progress | null;
  readonly error?: ErrorRecord | null;
  readonly startedAt?: number | null;
  readonly endedAt?: number | null;
  readonly hasSavedState?: boolean;
  readonly session?: SessionFacts | null;
  readonly owner?: Owner | null;
  readonly widgetData?: unknown;
  readonly nextFireAt?: number | null;
  readonly expiresAt?: number | null;
  readonly autoResumeStamped?: boolean;
  readonly ephemeral?: boolean;
}

export interface StoredMessage {
  readonly messageId: string;
  readonly processId: string;
  readonly run: number;
  readonly text: string;
  readonly mode: MessageMode;
  readonly state: MessageState;
  readonly origin: "person" | "harness";
  readonly createdAt: number;
  readonly turnId: string | null;
}

export interface StoredTurn {
  readonly threadId: string;
  readonly turnId: string;
  /** Null while it runs. */
  readonly status: TurnStatus | null;
}

export interface StoredItem {
  readonly threadId: string;
  readonly turnId: string;
  readonly itemId: string;
  readonly kind: string;
  readonly completed: boolean;
  /** Seq of its item.started event. */
  readonly startedSeq: number;
}

/** A decision as stored: the contract's record and what ties it to the agent's request. */
export interface StoredDecision {
  readonly decision: Decision;
  /** The agent's own name of the request within one life of its program. */
  readonly agentKey: string;
  /** Which life of the program asked. */
  readonly instance: string;
  readonly threadId: string;
  readonly turnId: string;
  readonly idempotencyKey: string | null;
}

/** What a page needs to go on. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}
