import { OptioError } from "@optio/contract";
import type { Transaction } from "kysely";
import { nextChangeId } from "./change-counter.ts";
import type { Committed } from "./commits.ts";
import type { StoreParts } from "./owner-transaction.ts";
import type { TreePlace } from "./process-rows.ts";
import { definitionColumns, toNewRow, toRecord } from "./process-rows.ts";
import { tagRows } from "./process-tags.ts";
import type { ProcessesTable, Schema } from "./schema.ts";
import type { NewProcess, ProcessRecord, ProcessStore } from "./store.ts";

/** The methods that make records, or say anew what they are. */
export function createDefinitions(parts: StoreParts): Pick<ProcessStore, "insert" | "define"> {
  return {
    insert: (process) =>
      parts.commits.write(async (transaction) => {
        const inserted = await insertProcess(parts, transaction, process);
        if (!inserted) throw new OptioError("id-taken", `a process with the id ${process.id} exists`);
        return inserted;
      }),
    define: (process) =>
      parts.commits.write(
        async (transaction) =>
          (await redefine(parts, transaction, process)) ??
          (await insertProcess(parts, transaction, process)) ??
          // another OS process was faster
          (await redefine(parts, transaction, process)) ??
          refuseGone(process),
      ),
  };
}

/** Undefined when the id is taken. */
async function insertProcess(
  { clock, database }: StoreParts,
  transaction: Transaction<Schema>,
  process: NewProcess,
): Promise<Committed<ProcessRecord> | undefined> {
  const place = await placeBelow(transaction, process, database.locksRows);
  const changeId = await nextChangeId(transaction);
  const row = await transaction
    .insertInto("processes")
    .values(toNewRow(process, place, clock.now(), changeId))
    .onConflict((conflict) => conflict.column("id").doNothing())
    .returningAll()
    .executeTakeFirst();
  if (!row) return undefined;
  await insertTags(transaction, row, process);
  const epoch = await forgetEarlier(transaction, row);
  return { result: toRecord({ ...row, epoch }), notice: { processId: row.id, envelopes: [], changeId } };
}

/**
 * Takes the place of an earlier process of that id. An owner of it that slept must not be taken for one of this: epochs go on where no
 * change, and so no claim, of the earlier one can have been. Answers the epoch.
 */
async function forgetEarlier(transaction: Transaction<Schema>, row: ProcessesTable): Promise<number> {
  // a feed that was away is to hear of the process, not of an earlier one of that name
  const removals = await transaction
    .deleteFrom("removals")
    .where("process_id", "=", row.id)
    .returning("change_id")
    .execute();
  if (removals.length === 0) return row.epoch;
  await transaction.updateTable("processes").set({ epoch: row.change_id }).where("id", "=", row.id).execute();
  return row.change_id;
}

/** A root stands for itself; a child stands below its parent, which stays as long. @throws `not-found` when the parent is not there. */
async function placeBelow(
  transaction: Transaction<Schema>,
  { id, parent }: NewProcess,
  locksRows: boolean,
): Promise<TreePlace> {
  if (parent === null) return { root: id, depth: 0 };
  const query = transaction.selectFrom("processes").select(["root", "depth"]).where("id", "=", parent);
  const row = await (locksRows ? query.forKeyShare() : query).executeTakeFirst();
  if (!row) throw new OptioError("not-found", `no process '${parent}' that '${id}' could be a child of`);
  return { root: row.root ?? parent, depth: row.depth + 1 };
}

/** Undefined when there is no such process. */
async function redefine(
  { database }: StoreParts,
  transaction: Transaction<Schema>,
  process: NewProcess,
): Promise<Committed<ProcessRecord> | undefined> {
  const query = transaction.selectFrom("processes").selectAll().where("id", "=", process.id);
  const row = await (database.locksRows ? query.forUpdate() : query).executeTakeFirst();
  if (!row) return undefined;
  refuseOther(row, process);
  const changes = changedColumns(row, { ...definitionColumns(process), ...nextFire(row, process) });
  if (Object.keys(changes).length === 0) return { result: toRecord(row), notice: undefined };
  const changeId = await nextChangeId(transaction);
  const defined = await transaction
    .updateTable("processes")
    .set({ ...changes, change_id: changeId })
    .where("id", "=", row.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  if (changes.metadata !== undefined) {
    await transaction.deleteFrom("process_tags").where("process_id", "=", row.id).execute();
    await insertTags(transaction, row, process);
  }
  return { result: toRecord(defined), notice: { processId: row.id, envelopes: [], changeId } };
}

async function insertTags(
  transaction: Transaction<Schema>,
  { id, created_at }: ProcessesTable,
  { metadata }: NewProcess,
): Promise<void> {
  for (const tags of tagRows({ id, created_at, metadata }))
    await transaction.insertInto("process_tags").values(tags).execute();
}

/** A definition does not take the place of what a call made. */
function refuseOther(row: ProcessesTable, process: NewProcess): void {
  if ((row.adhoc === 1) === process.adhoc && row.parent === process.parent) return;
  const kind = row.parent === null ? "was made by a call, not by a definition" : `is a child of ${row.parent}`;
  throw new OptioError("id-taken", `a process with the id ${row.id} exists and ${kind}`);
}

/** The next fire stays as long as the schedule does: one that passed while nobody was there is still to be seen. */
function nextFire(row: ProcessesTable, process: NewProcess): Pick<ProcessesTable, "next_fire_at"> {
  const isSame = row.schedule !== null && row.schedule === definitionColumns(process).schedule;
  return { next_fire_at: isSame ? (row.next_fire_at ?? process.nextFireAt ?? null) : (process.nextFireAt ?? null) };
}

function changedColumns(row: ProcessesTable, columns: Partial<ProcessesTable>): Partial<ProcessesTable> {
  const before = new Map<string, unknown>(Object.entries(row));
  return Object.fromEntries(Object.entries(columns).filter(([name, value]) => before.get(name) !== value));
}

function refuseGone({ id }: NewProcess): never {
  throw new OptioError("store-failed", `process ${id} came and went while it was defined; try again`);
}
