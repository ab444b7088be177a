import type { Transaction } from "kysely";
import type { Schema } from "./schema.ts";

/** Takes the next change id; its row stays locked until the commit, so that change ids grow in the order of commits. */
export function nextChangeId(transaction: Transaction<Schema>): Promise<number> {
  return takeChangeIds(transaction, 1);
}

/** Takes that many change ids in a row; returns the last of them. */
export async function takeChangeIds(transaction: Transaction<Schema>, count: number): Promise<number> {
  const row = await transaction
    .updateTable("counters")
    .set((eb) => ({ value: eb("value", "+", count) }))
    .where("name", "=", "change")
    .returning("value")
    .executeTakeFirstOrThrow();
  return row.value;
}
