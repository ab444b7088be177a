import type { CompiledQuery, ExpressionBuilder, Transaction } from "kysely";
import type { Schema } from "./schema.ts";

/** Takes the next change id; its row stays locked until the commit, so that change ids grow in the order of commits. */
export function nextChangeId(transaction: Transaction<Schema>): Promise<number> {
  return takeChangeIds(transaction, 1);
}

/** Takes that many change ids in a row; returns the last of them. */
export async function takeChangeIds(transaction: Transaction<Schema>, count: number): Promise<number> {
  const row = await taking(transaction, count).executeTakeFirstOrThrow();
  return row.value;
}

/** The statement that takes the next change id, for use before one with `changeIdTaken`. */
export function takingChangeId(transaction: Transaction<Schema>): CompiledQuery<unknown> {
  return taking(transaction, 1).compile();
}

/** The change id that the transaction has taken last. */
export function changeIdTaken(expressions: ExpressionBuilder<Schema, "processes">) {
  return expressions
    .selectFrom("counters")
    .select("counters.value")
    .where("counters.name", "=", "change")
    .$asScalar()
    .$notNull();
}

function taking(transaction: Transaction<Schema>, count: number) {
  return transaction
    .updateTable("counters")
    .set((eb) => ({ value: eb("value", "+", count) }))
    .where("name", "=", "change")
    .returning("value");
}
