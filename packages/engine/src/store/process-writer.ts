import type { Envelope, OptioEvent, ProcessState } from "@optio/contract";
import { OptioError } from "@optio/contract";
import type { CompiledQuery, Transaction } from "kysely";
import { toInstant } from "../kernel/clock.ts";
import { changeIdTaken, takingChangeId } from "./change-counter.ts";
import { eventInserts, storableEvent } from "./events-insert.ts";
import { ownerColumns, patchColumns } from "./process-rows.ts";
import type { ProcessesTable, Schema } from "./schema.ts";
import type { CommitNotice, ProcessPatch } from "./store.ts";
import { executeTogether } from "./together.ts";

const FENCE_COLUMNS = ["id", "run", "epoch", "state", "head_seq", "log_head"] as const;

/** What a writer must know of a process before it writes. */
export type Fence = Pick<ProcessesTable, (typeof FENCE_COLUMNS)[number]>;

/** Reads the fence of a process, locking its row where the database has rows to lock. */
export async function readFence(
  transaction: Transaction<Schema>,
  processId: string,
  locksRows: boolean,
): Promise<Fence | undefined> {
  const query = transaction.selectFrom("processes").select(FENCE_COLUMNS).where("id", "=", processId);
  return (locksRows ? query.forUpdate() : query).executeTakeFirst();
}

/** Gathers what one transaction changes in the record and the log of one process, and writes it in few statements at its end. */
export class ProcessWriter {
  readonly transaction: Transaction<Schema>;
  readonly processId: string;
  readonly run: number;
  readonly #epoch: number;
  readonly #now: number;
  readonly #envelopes: Envelope[] = [];
  readonly #columns: Partial<ProcessesTable> = {};
  #headSeq: number;
  readonly #logHead: number;
  #state: ProcessState;
  #isVisible = false;
  #countsChanged = false;
  #ended = false;

  constructor(transaction: Transaction<Schema>, fence: Fence, now: number) {
    this.transaction = transaction;
    this.processId = fence.id;
    this.run = fence.run;
    this.#epoch = fence.epoch;
    this.#state = fence.state;
    this.#headSeq = fence.head_seq;
    this.#logHead = fence.log_head;
    this.#now = now;
  }

  /** The open transaction. @throws `internal` once it has ended: what is called later would write outside of it. */
  get queries(): Transaction<Schema> {
    if (!this.#ended) return this.transaction;
    throw new OptioError("internal", `the transaction of ${this.processId} has ended; await its calls inside the work`);
  }

  get state(): ProcessState {
    return this.#state;
  }

  /** Adds an event with the next seq. */
  append(event: OptioEvent, run: number = this.run): Envelope {
    void this.queries;
    this.#headSeq += 1;
    const envelope: Envelope = { seq: this.#headSeq, at: toInstant(this.#now), run, event: storableEvent(event) };
    this.#envelopes.push(envelope);
    return envelope;
  }

  /** Changes fields of the record. */
  patch(patch: ProcessPatch): void {
    void this.queries;
    if (patch.owner !== undefined) Object.assign(this.#columns, ownerColumns(patch.owner));
    const columns = patchColumns(patch);
    if (Object.keys(columns).length > 0) this.setColumns(columns);
  }

  /** Changes the state; the caller has compared it. */
  setState(state: ProcessState): void {
    void this.queries;
    this.#state = state;
    this.setColumns({ state });
  }

  /** Sets columns that a reader of the record sees. */
  setColumns(columns: Partial<ProcessesTable>): void {
    Object.assign(this.#columns, columns);
    this.#isVisible = true;
  }

  /** Says that messages or decisions came or went, so that the record's counts are taken again. */
  markCounts(): void {
    this.#countsChanged = true;
  }

  /** Writes what was gathered; nothing may be called after. Returns what to tell listeners, undefined when they need not hear. */
  async finish(): Promise<CommitNotice | undefined> {
    const transaction = this.queries;
    this.#ended = true;
    const isVisible = this.#isVisible || this.#countsChanged;
    const statements = this.#insertEvents(transaction);
    if (Object.keys(this.#columns).length === 0 && !isVisible) return undefined;
    if (isVisible) statements.push(takingChangeId(transaction));
    const [updated] = await executeTogether(transaction, statements, this.#update(transaction, isVisible));
    const changeId = (isVisible && updated?.change_id) || null;
    if (this.#envelopes.length === 0 && changeId === null) return undefined;
    return { processId: this.processId, envelopes: this.#envelopes, changeId };
  }

  #insertEvents(transaction: Transaction<Schema>): CompiledQuery<unknown>[] {
    if (this.#envelopes.length === 0) return [];
    const events = { processId: this.processId, envelopes: this.#envelopes, atMs: this.#now, logHead: this.#logHead };
    const { statements, logHead } = eventInserts(transaction, events);
    // not by setColumns: an event alone is no change that feeds tell
    this.#columns.head_seq = this.#headSeq;
    if (logHead !== this.#logHead) this.#columns.log_head = logHead;
    return [...statements];
  }

  #update(transaction: Transaction<Schema>, isVisible: boolean): CompiledQuery<Pick<ProcessesTable, "change_id">> {
    return transaction
      .updateTable("processes")
      .set((eb) => ({
        ...this.#columns,
        ...(isVisible && { change_id: changeIdTaken(eb) }),
        ...(this.#countsChanged && {
          pending_decisions: eb
            .selectFrom("decisions")
            .select((inner) => inner.fn.countAll<number>().as("count"))
            .where("process_id", "=", this.processId)
            .where("state", "=", "pending")
            .$asScalar()
            .$notNull(),
          queued: eb
            .selectFrom("messages")
            .select((inner) => inner.fn.countAll<number>().as("count"))
            .where("process_id", "=", this.processId)
            .where("state", "in", ["queued", "sending"])
            .$asScalar()
            .$notNull(),
        }),
      }))
      .where("id", "=", this.processId)
      .where("run", "=", this.run)
      .where("epoch", "=", this.#epoch)
      .returning("change_id")
      .compile();
  }
}
