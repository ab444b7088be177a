import type {
  Decision,
  DecisionResolution,
  Envelope,
  Filter,
  LogLevel,
  LogLine,
  MessageMode,
  MessageState,
  OptioEvent,
  ProcessState,
  Role,
  TurnStatus,
} from "@optio/contract";
import type {
  NewProcess,
  Owner,
  OwnerKey,
  Page,
  ProcessPatch,
  ProcessRecord,
  StoredDecision,
  StoredItem,
  StoredMessage,
  StoredTurn,
} from "./records.ts";

export type {
  NewProcess,
  Owner,
  OwnerKey,
  Page,
  ProcessPatch,
  ProcessRecord,
  SessionFacts,
  StoredDecision,
  StoredItem,
  StoredMessage,
  StoredTurn,
} from "./records.ts";

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
  /** Names stored content, replacing what had the name. */
  putBlob(blob: StoredBlob): Promise<void>;
  /** False when there was none. */
  removeBlob(name: string): Promise<boolean>;
}

/** How many processes of a kind are in a state. */
export interface ProcessCount {
  readonly kind: "session" | "task";
  readonly state: ProcessState;
  readonly count: number;
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
    filter?: Filter;
    cursor?: string;
    limit: number;
  }): Promise<Page<ProcessRecord>>;
  /** How many processes there are of each kind in each state; pairs without any are left out. */
  countByState(): Promise<ProcessCount[]>;
  /**
   * Makes or updates the record of a definition: what the definition says is replaced, state and results stay, and the next fire
   * stays as long as the schedule does. One that says nothing new changes nothing. @throws `id-taken` when a call or a parent made
   * the process of that id.
   */
  define(process: NewProcess): Promise<ProcessRecord>;
  /** Direct children in their order. */
  children(id: string): Promise<ProcessRecord[]>;
  /** A process and its descendants, parents before children; the cursor is opaque. @throws `invalid` for a bad cursor. */
  tree(id: string, query: { cursor?: string; limit: number }): Promise<Page<ProcessRecord>>;
  /**
   * Removes processes with their descendants and all that belongs to them, in one transaction per root: nothing of a root when it or
   * a descendant is active. Answers the ids that are gone.
   */
  remove(ids: readonly string[], options?: { readonly expiredAt?: number }): Promise<string[]>;
  /** The same for the descendants alone; the process itself stays. */
  removeDescendants(id: string): Promise<string[]>;
  /** Ids of ended processes whose time to live is over. */
  expired(nowMs: number, limit: number): Promise<string[]>;
  /** Records with a schedule. */
  listScheduled(): Promise<ProcessRecord[]>;
  /** Compare-and-set of the next fire: of many engines on a store one launches. */
  takeFire(id: string, seen: number | null, next: number | null): Promise<boolean>;
  /** Ended records that a shutdown stamped for resume. */
  listStamped(): Promise<ProcessRecord[]>;
  /** Clears the stamp. False when it was gone: another engine resumes it. */
  takeStamp(id: string): Promise<boolean>;
  /** Removed ids after a change id, oldest first, for feeds; kept for seven days, unless a process of that id was made since. */
  removedSince(changeId: number, limit: number): Promise<{ readonly id: string; readonly changeId: number }[]>;
  /** Records changed after a change id, oldest change first. */
  changedSince(changeId: number, limit: number): Promise<ProcessRecord[]>;
  /** The newest change id given out. */
  lastChange(): Promise<number>;
  /** Records in an active state, those that a filter matches. */
  listActive(filter?: Filter): Promise<ProcessRecord[]>;
  /** Atomic claim of a new run: from one of `from` to scheduled with run + 1, epoch + 1, the owner set, results cleared, and its state_changed event. Undefined when the state is another one. */
  claim(
    id: string,
    from: readonly ProcessState[],
    owner: Owner,
    patch: ProcessPatch,
  ): Promise<ProcessRecord | undefined>;
  /** A new epoch of the same run, which is active; conditional on the epoch seen. Undefined when somebody was faster. */
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

/** A stored event as the JSON of its envelope. */
export interface EventText {
  readonly seq: number;
  readonly json: string;
}

export interface EventStore {
  /** Events with seq > after (ascending), or the `limit` newest with seq < before (ascending). */
  list(processId: string, query: { after?: number; before?: number; limit: number }): Promise<Envelope[]>;
  /** The same events as text, for those who only send them on. */
  listTexts(processId: string, query: { after?: number; before?: number; limit: number }): Promise<EventText[]>;
  openItems(processId: string, threadId: string): Promise<StoredItem[]>;
}

/** A page of a log, oldest line first. */
export interface LogPage {
  readonly items: readonly LogLine[];
  /** The line up to which it looked: `after` of the next page, `before` of the next one backwards. */
  readonly reached: number;
  /** False when it looked to the end. */
  readonly more: boolean;
}

/** Log lines, in their own table: an event `process.logged` that an owner appends is stored as a line. */
export interface LogStore {
  /**
   * Lines with seq > after, or the `limit` newest with seq < before; `level` includes the graver ones; `q` is text of the message in
   * any case. A search looks at a bounded number of lines: its page may hold few or none although there are more.
   */
  list(
    processId: string,
    query: { after?: number; before?: number; level?: LogLevel; run?: number; q?: string; limit: number },
  ): Promise<LogPage>;
}

/** Names of stored files by process; the bytes are in `BlobFiles`, and only an owner writes. */
export interface BlobStore {
  find(processId: string, name: string): Promise<StoredBlob | undefined>;
  /** In the order of their names. */
  list(processId: string): Promise<StoredBlob[]>;
  /** Which of the hashes no blob names any more. */
  unused(hashes: readonly string[]): Promise<string[]>;
}

export interface StoredBlob {
  readonly name: string;
  readonly hash: string;
  readonly sizeBytes: number;
  readonly createdAt: number;
}

/** A launch block that survives restarts. */
export interface StoredBlock {
  readonly id: string;
  readonly filter: Filter;
  readonly reason: string | null;
  readonly createdAt: number;
}

export interface BlockStore {
  /** Oldest first. */
  list(): Promise<StoredBlock[]>;
  /** Adds a block; for a filter that has one (by its canonical form) reasons are joined with ` AND `. */
  put(block: StoredBlock): Promise<StoredBlock>;
  /** By filter (canonical form) or id. Answers how many are gone. */
  remove(which: { readonly filter: Filter } | { readonly id: string }): Promise<number>;
}

/** Keeps events and log lines within bounds; nothing of an active run is dropped but its oldest log lines. */
export interface RetentionStore {
  /**
   * Drops events of runs before the newest `keepRuns` with what belongs to them and no resume needs, and the oldest log lines beyond
   * `maxLines` of a process. A call drops at most `batch` rows, of one process behind `after` (an id; default: of all); `next` is the
   * `after` of the next call, null when the last process was seen.
   * @throws `invalid` for a limit below 1.
   */
  compact(limits: {
    readonly keepRuns: number;
    readonly maxLines: number;
    readonly batch: number;
    readonly after?: string;
  }): Promise<{ readonly dropped: number; readonly next: string | null }>;
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
  /**
   * What was appended here. A commit of another OS process (`remote`) brings none: read the store. When some of those may have been
   * missed (the database was away), one comes for every process that they can have changed.
   */
  readonly envelopes: readonly Envelope[];
  readonly remote?: boolean;
  /** The process is gone. */
  readonly removed?: boolean;
  /** Set when the record (or its counts of decisions and messages) changed. */
  readonly changeId: number | null;
}

/** Records, events and everything else that must outlive a crash. */
export interface Store {
  readonly kind: "sqlite" | "postgres";
  readonly processes: ProcessStore;
  readonly events: EventStore;
  readonly logs: LogStore;
  readonly blobs: BlobStore;
  readonly blocks: BlockStore;
  readonly retention: RetentionStore;
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
  /** Hears of every commit of this store object, in order of commit, and of other OS processes' commits where the database tells (PostgreSQL). */
  onCommit(listener: (notice: CommitNotice) => void): Disposable;
  /** Small values of the installation itself (machine-independent settings); undefined when absent. */
  getMeta(key: string): Promise<string | undefined>;
  putMeta(key: string, value: string): Promise<void>;
  close(): Promise<void>;
}
