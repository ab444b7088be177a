import { ACTIVE_STATES, END_STATES, stateIn } from "@optio/contract";
import type { SqlBool, Transaction } from "kysely";
import { sql } from "kysely";
import { takeChangeIds } from "./change-counter.ts";
import type { Database } from "./database.ts";
import type { StoreParts } from "./owner-transaction.ts";
import { isInSubtree } from "./process-tree.ts";
import type { ProcessesTable, Schema } from "./schema.ts";
import type { CommitNotice, ProcessStore } from "./store.ts";

type Removal = Pick<ProcessStore, "remove" | "removeDescendants" | "expired" | "removedSince">;

/** How long a feed may be away and still be told what is gone. */
const REMOVALS_KEPT_MS = 7 * 24 * 60 * 60 * 1_000;
/** Ids of one statement: databases limit the parameters. */
const IDS_PER_STATEMENT = 500;
/** Rows of one statement: a long history must not stop this OS process while it goes. */
const ROWS_PER_STATEMENT = 2_000;

/** The methods by which processes end for good. */
export function createRemoval(parts: StoreParts): Removal {
  return {
    async remove(ids, options = {}) {
      const gone: string[] = [];
      for (const id of ids) gone.push(...(await removeTree(parts, id, { ...options, includeTop: true })));
      return gone;
    },
    removeDescendants: (id) => removeTree(parts, id, { includeTop: false }),
    expired: (nowMs, limit) => selectExpired(parts.database, nowMs, limit),
    removedSince: (changeId, limit) => selectRemoved(parts.database, changeId, limit),
  };
}

interface RemovalOptions {
  readonly includeTop: boolean;
  /** Only when its time to live is over at this instant. */
  readonly expiredAt?: number;
}

const MEMBER_COLUMNS = ["id", "state", "expires_at", "first_seq", "head_seq"] as const;
type Member = Pick<ProcessesTable, (typeof MEMBER_COLUMNS)[number]>;

function removeTree(parts: StoreParts, id: string, options: RemovalOptions): Promise<string[]> {
  return parts.commits.write(async (transaction) => {
    const tree = await readMembers(transaction, id, parts.database.locksRows);
    const members = options.includeTop ? tree : tree.filter((member) => member.id !== id);
    const top = members.find((member) => member.id === id);
    const isDue = options.expiredAt === undefined || (top !== undefined && isExpired(top, options.expiredAt));
    if (members.length === 0 || !isDue || members.some(({ state }) => stateIn(state, ACTIVE_STATES)))
      return { result: [], notice: undefined };
    const ids = members.map((member) => member.id);
    const lastChangeId = await takeChangeIds(transaction, ids.length);
    const removals = ids.map((processId, index) => ({ processId, changeId: lastChangeId - ids.length + 1 + index }));
    await deleteProcesses(transaction, members);
    await recordRemovals(transaction, removals, parts.clock.now());
    const notices = removals.map((removal): CommitNotice => ({ ...removal, envelopes: [], removed: true }));
    return { result: ids, notice: undefined, notices };
  });
}

function isExpired({ state, expires_at }: Member, atMs: number): boolean {
  return stateIn(state, END_STATES) && expires_at !== null && expires_at <= atMs;
}

/**
 * A process and all below it, locked where the database has rows to lock: a child is inserted under the lock of its parent, so that
 * none can come once all that are there are locked.
 */
async function readMembers(transaction: Transaction<Schema>, id: string, locksRows: boolean): Promise<Member[]> {
  const top = await transaction.selectFrom("processes").select("root").where("id", "=", id).executeTakeFirst();
  if (!top) return [];
  const query = transaction
    .selectFrom("processes")
    .select(MEMBER_COLUMNS)
    .where("root", "=", top.root ?? id)
    .where(isInSubtree(id))
    .orderBy("depth")
    .orderBy("id");
  let members = await (locksRows ? query.forUpdate() : query).execute();
  if (!locksRows) return members;
  for (let count = -1; count !== members.length; ) {
    count = members.length;
    members = await query.forUpdate().execute();
  }
  return members;
}

async function deleteProcesses(transaction: Transaction<Schema>, members: readonly Member[]): Promise<void> {
  for (const member of members) await deleteLongHistory(transaction, member);
  for (let from = 0; from < members.length; from += IDS_PER_STATEMENT) {
    const ids = members.slice(from, from + IDS_PER_STATEMENT).map(({ id }) => id);
    // the rows of every other table go with it: their reference says `on delete cascade`
    await transaction.deleteFrom("processes").where("id", "in", ids).execute();
  }
}

async function deleteLongHistory(transaction: Transaction<Schema>, { id, first_seq, head_seq }: Member): Promise<void> {
  for (let seq = first_seq + ROWS_PER_STATEMENT; seq < head_seq; seq += ROWS_PER_STATEMENT) {
    for (const table of ["events", "logs"] as const)
      await transaction.deleteFrom(table).where("process_id", "=", id).where("seq", "<", seq).execute();
    await new Promise(setImmediate);
  }
}

async function recordRemovals(
  transaction: Transaction<Schema>,
  removals: readonly { readonly processId: string; readonly changeId: number }[],
  now: number,
): Promise<void> {
  for (let from = 0; from < removals.length; from += IDS_PER_STATEMENT) {
    const rows = removals
      .slice(from, from + IDS_PER_STATEMENT)
      .map(({ processId, changeId }) => ({ process_id: processId, change_id: changeId, at: now }));
    await transaction.insertInto("removals").values(rows).execute();
  }
  await transaction
    .deleteFrom("removals")
    .where("at", "<", now - REMOVALS_KEPT_MS)
    .execute();
}

function selectExpired(database: Database, nowMs: number, limit: number): Promise<string[]> {
  return database.read(async (queries) => {
    const rows = await queries
      .selectFrom("processes")
      .select("id")
      .where("expires_at", "<=", nowMs)
      // the text added keeps SQLite from the index of states, which would have it sort
      .where(sql<SqlBool>`(state || '') in (${sql.join(END_STATES)})`)
      .orderBy("expires_at")
      .limit(limit)
      .execute();
    return rows.map(({ id }) => id);
  });
}

function selectRemoved(database: Database, changeId: number, limit: number) {
  return database.read((queries) =>
    queries
      .selectFrom("removals")
      .select([sql.ref<string>("process_id").as("id"), sql.ref<number>("change_id").as("changeId")])
      .where("change_id", ">", changeId)
      .orderBy("change_id")
      .limit(limit)
      .execute(),
  );
}
