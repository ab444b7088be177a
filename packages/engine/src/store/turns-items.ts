import type { Queries } from "./database.ts";
import type { ProcessWriter } from "./process-writer.ts";
import type { ItemsTable } from "./schema.ts";
import type { OwnerTransaction, StoredItem } from "./store.ts";

type TurnWrites = Pick<OwnerTransaction, "findTurn" | "openTurn" | "closeTurn" | "openTurns">;
type ItemWrites = Pick<OwnerTransaction, "findItem" | "openItem" | "completeItem" | "openItems" | "itemsOfTurn">;

/** The turn methods of an owner's transaction. */
export function turnWrites(writer: ProcessWriter): TurnWrites {
  const turnsOf = (threadId: string) =>
    writer.queries
      .selectFrom("turns")
      .select(["thread_id as threadId", "turn_id as turnId", "status"])
      .where("process_id", "=", writer.processId)
      .where("thread_id", "=", threadId);
  return {
    findTurn: (threadId, turnId) => turnsOf(threadId).where("turn_id", "=", turnId).executeTakeFirst(),
    openTurns: (threadId) => turnsOf(threadId).where("status", "is", null).orderBy("position").execute(),
    openTurn: (threadId, turnId) => insertTurn(writer, threadId, turnId),
    async closeTurn(threadId, turnId, status) {
      const closed = await writer.queries
        .updateTable("turns")
        .set({ status })
        .where("process_id", "=", writer.processId)
        .where("thread_id", "=", threadId)
        .where("turn_id", "=", turnId)
        .where("status", "is", null)
        .executeTakeFirst();
      return closed.numUpdatedRows > 0n;
    },
  };
}

/** The item methods of an owner's transaction. */
export function itemWrites(writer: ProcessWriter): ItemWrites {
  return {
    async findItem(threadId, itemId) {
      const row = await writer.queries
        .selectFrom("items")
        .selectAll()
        .where("process_id", "=", writer.processId)
        .where("thread_id", "=", threadId)
        .where("item_id", "=", itemId)
        .executeTakeFirst();
      return row && toItem(row);
    },
    async openItem(item) {
      const inserted = await writer.queries
        .insertInto("items")
        .values({
          process_id: writer.processId,
          thread_id: item.threadId,
          item_id: item.itemId,
          turn_id: item.turnId,
          kind: item.kind,
          completed: 0,
          started_seq: item.startedSeq,
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      return (inserted.numInsertedOrUpdatedRows ?? 0n) > 0n;
    },
    async completeItem(threadId, itemId) {
      const completed = await writer.queries
        .updateTable("items")
        .set({ completed: 1 })
        .where("process_id", "=", writer.processId)
        .where("thread_id", "=", threadId)
        .where("item_id", "=", itemId)
        .where("completed", "=", 0)
        .executeTakeFirst();
      return completed.numUpdatedRows > 0n;
    },
    openItems: (threadId, turnId) => selectOpenItems(writer.queries, writer.processId, threadId, turnId),
    async itemsOfTurn(threadId, turnId) {
      const rows = await writer.queries
        .selectFrom("items")
        .selectAll()
        .where("process_id", "=", writer.processId)
        .where("thread_id", "=", threadId)
        .where("turn_id", "=", turnId)
        .orderBy("started_seq")
        .execute();
      return rows.map(toItem);
    },
  };
}

/** Items begun and not completed, in the order of their start. */
export async function selectOpenItems(
  queries: Queries,
  processId: string,
  threadId: string,
  turnId?: string,
): Promise<StoredItem[]> {
  const open = queries
    .selectFrom("items")
    .selectAll()
    .where("process_id", "=", processId)
    .where("thread_id", "=", threadId)
    .where("completed", "=", 0)
    .orderBy("started_seq");
  const rows = await (turnId === undefined ? open : open.where("turn_id", "=", turnId)).execute();
  return rows.map(toItem);
}

async function insertTurn(writer: ProcessWriter, threadId: string, turnId: string): Promise<boolean> {
  const inserted = await writer.queries
    .insertInto("turns")
    .values((eb) => ({
      process_id: writer.processId,
      thread_id: threadId,
      turn_id: turnId,
      status: null,
      position: eb
        .selectFrom("turns")
        .select((inner) => inner.fn.coalesce(inner(inner.fn.max("position"), "+", 1), inner.lit(1)).as("next"))
        .where("process_id", "=", writer.processId)
        .$asScalar()
        .$notNull(),
    }))
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (inserted.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

function toItem(row: ItemsTable): StoredItem {
  return {
    threadId: row.thread_id,
    turnId: row.turn_id,
    itemId: row.item_id,
    kind: row.kind,
    completed: row.completed === 1,
    startedSeq: row.started_seq,
  };
}
