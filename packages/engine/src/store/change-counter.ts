import type { Transaction } from "kysely";
import type { Schema } from "./schema.ts";

/** Takes the next change id; its row stays locked until the commit, so that change ids grow in the order of commits. */
export async function nextChangeId(transaction: Transaction<Schema>): Promise<number> {
  const row = await transaction
    .updateTable("counters")
    .set((eb) => ({ value: eb("value", "+", 1) }))
    .where("name", "=", "change")
    .returning("value")
    .executeTakeFirstOrThrow();
  return row.value;
}
