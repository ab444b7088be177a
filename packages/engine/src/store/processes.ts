import { ACTIVE_STATES, OptioError } from "@optio/contract";
import type { Transaction } from "kysely";
import { sql } from "kysely";
import { nextChangeId } from "./change-counter.ts";
import { createClaims } from "./claims.ts";
import { countProcesses } from "./count-processes.ts";
import { decodeCursor, toPage } from "./cursors.ts";
import type { Database } from "./database.ts";
import type { StoreParts } from "./owner-transaction.ts";
import type { TreePlace } from "./process-rows.ts";
import { toNewRow, toRecord } from "./process-rows.ts";
import type { Schema } from "./schema.ts";
import type { NewProcess, ProcessRecord, ProcessStore } from "./store.ts";

/** Process records. */
export function createProcessStore(parts: StoreParts): ProcessStore {
  const { database } = parts;
  return {
    insert: (process) => insertProcess(parts, process),
    find: (id) =>
      database.read(async (queries) => {
        const row = await queries.selectFrom("processes").selectAll().where("id", "=", id).executeTakeFirst();
        return row && toRecord(row);
      }),
    list: (query) => listProcesses(database, query),
    countByState: () => countProcesses(database),
    changedSince: (changeId, limit) =>
      database.read(async (queries) => {
        const rows = await queries
          .selectFrom("processes")
          .selectAll()
          .where("change_id", ">", changeId)
          .orderBy("change_id")
          .limit(limit)
          .execute();
        return rows.map(toRecord);
      }),
    lastChange: () =>
      database.read(async (queries) => {
        const row = await queries
          .selectFrom("counters")
          .select("value")
          .where("name", "=", "change")
          .executeTakeFirst();
        return row?.value ?? 0;
      }),
    listActive: () =>
      database.read(async (queries) => {
        const rows = await queries.selectFrom("processes").selectAll().where("state", "in", ACTIVE_STATES).execute();
        return rows.map(toRecord);
      }),
    ...createClaims(parts),
  };
}

function insertProcess(parts: StoreParts, process: NewProcess): Promise<ProcessRecord> {
  return parts.commits.write(async (transaction) => {
    const place = await placeBelow(transaction, process);
    const changeId = await nextChangeId(transaction);
    const row = await transaction
      .insertInto("processes")
      .values(toNewRow(process, place, parts.clock.now(), changeId))
      .onConflict((conflict) => conflict.column("id").doNothing())
      .returningAll()
      .executeTakeFirst();
    if (!row) throw new OptioError("id-taken", `a process with the id ${process.id} exists`);
    return { result: toRecord(row), notice: { processId: process.id, envelopes: [], changeId } };
  });
}

/** A root stands for itself; a child stands below its parent. @throws `not-found` when the parent is not there. */
async function placeBelow(transaction: Transaction<Schema>, { id, parent }: NewProcess): Promise<TreePlace> {
  if (parent === null) return { root: id, depth: 0 };
  const row = await transaction
    .selectFrom("processes")
    .select(["root", "depth"])
    .where("id", "=", parent)
    .executeTakeFirst();
  if (!row) throw new OptioError("not-found", `no process '${parent}' that '${id}' could be a child of`);
  return { root: row.root ?? parent, depth: row.depth + 1 };
}

async function listProcesses(database: Database, query: Parameters<ProcessStore["list"]>[0]) {
  const before = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  return database.read(async (queries) => {
    let select = queries.selectFrom("processes").selectAll().orderBy("created_at", "desc").orderBy("id", "desc");
    if (query.state !== undefined) select = select.where("state", "=", query.state);
    if (query.parent !== undefined) select = select.where("parent", "=", query.parent);
    if (query.q) {
      const pattern = `%${query.q.toLowerCase().replace(/[\\%_]/g, "\\$&")}%`;
      select = select.where(sql<boolean>`search like ${pattern} escape '\\'`);
    }
    if (before !== undefined) {
      select = select.where((eb) => eb(eb.refTuple("created_at", "id"), "<", eb.tuple(...before)));
    }
    const rows = await select.limit(query.limit + 1).execute();
    return toPage(rows, query.limit, toRecord, (row) => [row.created_at, row.id]);
  });
}
