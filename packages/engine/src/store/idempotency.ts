import type { Transaction } from "kysely";
import type { Database } from "./database.ts";
import type { IdempotencyTable, Schema } from "./schema.ts";
import type { IdempotencyStore } from "./store.ts";

const MINUTE_MS = 60_000;
/** How long an answer is kept for a repeated request. */
export const ANSWER_KEPT_MS = 24 * 60 * MINUTE_MS;
/** A request still without an answer after this time died with its server; its key is free again. */
export const RESERVATION_MS = 10 * MINUTE_MS;

type Entry = Parameters<IdempotencyStore["begin"]>[0];
type Answer = Awaited<ReturnType<IdempotencyStore["begin"]>>;

/** Answers by idempotency key, kept for a day. */
export function createIdempotencyStore(database: Database): IdempotencyStore {
  return {
    begin: (entry) => database.write((transaction) => begin(transaction, entry)),
    finish: ({ key, principal, status, body }) =>
      database.write(async (transaction) => {
        await transaction
          .updateTable("idempotency")
          .set({ status, body })
          .where("principal", "=", principal)
          .where("key", "=", key)
          .execute();
      }),
    abandon: ({ key, principal }) =>
      database.write(async (transaction) => {
        await transaction
          .deleteFrom("idempotency")
          .where("principal", "=", principal)
          .where("key", "=", key)
          .where("status", "is", null)
          .execute();
      }),
  };
}

async function begin(transaction: Transaction<Schema>, entry: Entry): Promise<Answer> {
  await forgetOld(transaction, entry.now);
  const reserved = await transaction
    .insertInto("idempotency")
    .values({
      principal: entry.principal,
      key: entry.key,
      fingerprint: entry.fingerprint,
      created_at: entry.now,
      status: null,
      body: null,
    })
    .onConflict((conflict) => conflict.columns(["principal", "key"]).doNothing())
    .executeTakeFirst();
  if ((reserved.numInsertedOrUpdatedRows ?? 0n) > 0n) return { state: "open" };
  const row = await transaction
    .selectFrom("idempotency")
    .selectAll()
    .where("principal", "=", entry.principal)
    .where("key", "=", entry.key)
    .executeTakeFirstOrThrow();
  return toAnswer(row, entry.fingerprint);
}

async function forgetOld(transaction: Transaction<Schema>, now: number): Promise<void> {
  await transaction
    .deleteFrom("idempotency")
    .where("created_at", "<=", now - ANSWER_KEPT_MS)
    .execute();
  await transaction
    .deleteFrom("idempotency")
    .where("created_at", "<=", now - RESERVATION_MS)
    .where("status", "is", null)
    .execute();
}

function toAnswer(row: IdempotencyTable, fingerprint: string): Answer {
  if (row.fingerprint !== fingerprint) return { state: "mismatch" };
  if (row.status === null || row.body === null) return { state: "running" };
  return { state: "done", status: row.status, body: row.body };
}
