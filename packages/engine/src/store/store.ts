import type {
  Decision,
  DecisionResolution,
  DiffStat,
  Envelope,
  ErrorRecord,
  Limits,
  LoginKind,
  LogLine,
  MessageMode,
  MessageState,
  OptioEvent,
  ProcessState,
  Progress,
  Role,
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

/**
 * Writes of one owner in one transaction. Every method applies to the owner's process; the transaction as a whole is refused
 * when (run, epoch) is no longer the owner's.
 */
export interface OwnerTransaction {
  /** Adds a durable event with the next seq. */
  append(event: OptioEvent): Promise<Envelope>;
  patch(patch: ProcessPatch): Promise<void>;
  /**
   * Compare-and-set on the state as well. Answers the state before; undefined when it is not one of `from`. Writes no event: used by
   * process/transition only, which appends it.
   */
  setState(from: readonly ProcessState[], to: ProcessState, patch: ProcessPatch): Promise<ProcessState | undefined>;
  putMessage(message: Omit<StoredMessage, "processId" | "run">): Promise<void>;
  setMessage(
    messageId: string,
    change: { state?: MessageState; text?: string; mode?: MessageMode; turnId?: string | null },
  ): Promise<boolean>;
  removeMessage(messageId: string): Promise<boolean>;
  /** Unsent messages of this run (queued or sending): the harness's, then steers that returned to the queue, then the others, each in order of arrival. */
  unsentMessages(): Promise<StoredMessage[]>;
  findMessage(messageId: string): Promise<StoredMessage | undefined>;
  /** Messages of a turn that count as sent. */
  messagesOfTurn(turnId: string): Promise<StoredMessage[]>;
  findTurn(threadId: string, turnId: string): Promise<StoredTurn | undefined>;
  /** False when the turn is there already. */
  openTurn(threadId: string, turnId: string): Promise<boolean>;
  /** False when it was closed before or never opened. */
  closeTurn(threadId: string, turnId: string, status: TurnStatus): Promise<boolean>;
  openTurns(threadId: string): Promise<StoredTurn[]>;
  findItem(threadId: string, itemId: string): Promise<StoredItem | undefined>;
  /** False when the item is there already. */
  openItem(item: {
    threadId: string;
    turnId: string;
    itemId: string;
    kind: string;
    startedSeq: number;
  }): Promise<boolean>;
  /** False when it was completed before or never opened. */
  completeItem(threadId: string, itemId: string): Promise<boolean>;
  /** Items begun and not completed, of one turn or of the whole thread. */
  openItems(threadId: string, turnId?: string): Promise<StoredItem[]>;
  /** All items of a turn, in the order of their start. */
  itemsOfTurn(threadId: string, turnId: string): Promise<StoredItem[]>;
  putDecision(decision: StoredDecision): Promise<void>;
  findDecisionByKey(instance: string, agentKey: string): Promise<StoredDecision | undefined>;
  findDecision(id: string): Promise<StoredDecision | undefined>;
  pendingDecisions(): Promise<StoredDecision[]>;
  /** Compare-and-set from pending. False when it is settled. */
  settleDecision(
    id: string,
    change: {
      state: "resolved" | "withdrawn";
      resolvedAt: number;
      resolution?: DecisionResolution;
      resolvedBy: string;
      idempotencyKey?: string;
    },
  ): Promise<boolean>;
  /** Replaces the manifest of the run (JSON). */
  putManifest(manifest: unknown): Promise<void>;
}

export interface ProcessStore {
  /** @throws `id-taken`. */
  insert(process: NewProcess): Promise<ProcessRecord>;
  find(id: string): Promise<ProcessRecord | undefined>;
  /** Newest first; `q` searches id, name and description; the cursor is opaque. @throws `invalid` for a bad cursor. */
  list(query: {
    state?: ProcessState;
    q?: string;
    parent?: string;
    cursor?: string;
    limit: number;
  }): Promise<Page<ProcessRecord>>;
  /** Records changed after a change id, oldest change first. */
  changedSince(changeId: number, limit: number): Promise<ProcessRecord[]>;
  /** The newest change id given out. */
  lastChange(): Promise<number>;
  /** Records in an active state. */
  listActive(): Promise<ProcessRecord[]>;
  /** Atomic claim of a new run: from one of `from` to scheduled with run + 1, epoch + 1, the owner set, results cleared, and its state_changed event. Undefined when the state is another one. */
  claim(
    id: string,
    from: readonly ProcessState[],
    owner: Owner,
    patch: ProcessPatch,
  ): Promise<ProcessRecord | undefined>;
  /** A new epoch of the same run; conditional on the epoch seen. Undefined when somebody was faster. */
  takeOver(id: string, seen: { run: number; epoch: number }, owner: Owner): Promise<ProcessRecord | undefined>;
  /** Moves the lease of every active run owned by this OS process. */
  renewLeases(owner: Owner): Promise<number>;
  /** Compare-and-set of the state without owning the run (cancel requests, dismiss), with its state_changed event. Undefined when the state, run or epoch is another. */
  setStateUnowned(
    seen: OwnerKey,
    from: readonly ProcessState[],
    to: ProcessState,
    patch: ProcessPatch,
    reason?: string,
  ): Promise<ProcessRecord | undefined>;
}

export interface EventStore {
  /** Events with seq > after (ascending), or the `limit` newest with seq < before (ascending). */
  list(processId: string, query: { after?: number; before?: number; limit: number }): Promise<Envelope[]>;
  /** `process.logged` events as lines, ascending, seq > after. */
  log(processId: string, query: { after?: number; limit: number }): Promise<LogLine[]>;
  openItems(processId: string, threadId: string): Promise<StoredItem[]>;
}

export interface DecisionStore {
  find(id: string): Promise<StoredDecision | undefined>;
  /** Oldest first. @throws `invalid` for a bad cursor. */
  list(query: {
    state?: "pending" | "resolved" | "withdrawn";
    processId?: string;
    cursor?: string;
    limit: number;
  }): Promise<Page<Decision>>;
  countPending(): Promise<number>;
}

export interface MessageStore {
  /** Unsent messages (queued or sending) in their order. */
  unsent(processId: string, run: number): Promise<StoredMessage[]>;
}

export interface ManifestStore {
  /** The manifest of a run; without run: of the newest run that has one. */
  find(processId: string, run?: number): Promise<{ run: number; manifest: unknown } | undefined>;
  /** Drops all manifests of a process (dismiss). */
  remove(processId: string): Promise<void>;
}

export interface StoredToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly hash: string;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
}

export interface TokenStore {
  insert(token: StoredToken): Promise<void>;
  /** Replaces the token of that name (the preset admin token) or inserts it. */
  putNamed(token: StoredToken): Promise<void>;
  findByHash(hash: string): Promise<StoredToken | undefined>;
  list(query: { cursor?: string; limit: number }): Promise<Page<StoredToken>>;
  remove(id: string): Promise<boolean>;
  markUsed(id: string, at: number): Promise<void>;
  count(): Promise<number>;
  /** One-time login codes: stored by hash, used once, each gives the rights of a token. */
  putLoginCode(code: { hash: string; tokenId: string; expiresAt: number }): Promise<void>;
  takeLoginCode(hash: string, now: number): Promise<{ tokenId: string } | undefined>;
  find(id: string): Promise<StoredToken | undefined>;
}

export interface IdempotencyStore {
  /** The stored answer for the key; `mismatch` when the key was used for another request; `open` when this call may proceed (and has reserved the key). */
  begin(entry: {
    key: string;
    principal: string;
    fingerprint: string;
    now: number;
  }): Promise<
    | { readonly state: "open" }
    | { readonly state: "running" }
    | { readonly state: "mismatch" }
    | { readonly state: "done"; readonly status: number; readonly body: string }
  >;
  finish(entry: { key: string; principal: string; status: number; body: string }): Promise<void>;
  /** Frees a reserved key after a failure that created nothing. */
  abandon(entry: { key: string; principal: string }): Promise<void>;
}

/** What a commit changed, for streams in this OS process. */
export interface CommitNotice {
  readonly processId: string;
  readonly envelopes: readonly Envelope[];
  /** Set when the record (or its counts of decisions and messages) changed. */
  readonly changeId: number | null;
}

/** Records, events and everything else that must outlive a crash. */
export interface Store {
  readonly kind: "sqlite" | "postgres";
  readonly processes: ProcessStore;
  readonly events: EventStore;
  readonly decisions: DecisionStore;
  readonly messages: MessageStore;
  readonly manifests: ManifestStore;
  readonly tokens: TokenStore;
  readonly idempotency: IdempotencyStore;
  /**
   * Runs the work in one transaction as the owner. When it resolves the writes are durable and listeners have heard of them. The work
   * may read the store, which shows what was committed before it, but not call its other writes.
   * @throws `stale-owner` when (run, epoch) is no longer current; nothing is written then, nor when the work throws.
   */
  asOwner<T>(key: OwnerKey, work: (tx: OwnerTransaction) => Promise<T>): Promise<T>;
  /** Hears of every commit of this store object, in order of commit. */
  onCommit(listener: (notice: CommitNotice) => void): Disposable;
  /** Small values of the installation itself (machine-independent settings); undefined when absent. */
  getMeta(key: string): Promise<string | undefined>;
  putMeta(key: string, value: string): Promise<void>;
  close(): Promise<void>;
}
