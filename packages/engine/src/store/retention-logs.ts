import type { Transaction } from "kysely";
import type { Database, Queries } from "./database.ts";
import type { KeptProcess } from "./retention-kept.ts";
import type { Schema } from "./schema.ts";

/** Whether the log holds lines beyond `maxLines`. */
export async function hasOldLines(
  database: Database,
  process: KeptProcess,
  limits: { readonly maxLines: number },
): Promise<boolean> {
  if (process.log_head <= limits.maxLines) return false;
  const oldest = await database.read((queries) => oldestLine(queries, process.id));
  return oldest !== undefined && oldest <= process.log_head - limits.maxLines;
}

/** Drops the oldest lines beyond `maxLines`, up to `batch`. Answers how many went. */
export async function dropOldLines(
  transaction: Transaction<Schema>,
  process: KeptProcess,
  limits: { readonly maxLines: number; readonly batch: number },
): Promise<number> {
  const lastToGo = process.log_head - limits.maxLines;
  const oldest = await oldestLine(transaction, process.id);
  if (oldest === undefined || oldest > lastToGo) return 0;
  // lines are numbered without gaps
  const last = Math.min(lastToGo, oldest + limits.batch - 1);
  const deleted = await transaction
    .deleteFrom("logs")
    .where("process_id", "=", process.id)
    .where("seq", "<=", last)
    .executeTakeFirst();
  return Number(deleted.numDeletedRows);
}

async function oldestLine(queries: Queries, processId: string): Promise<number | undefined> {
  const row = await queries
    .selectFrom("logs")
    .select("seq")
    .where("process_id", "=", processId)
    .orderBy("seq")
    .limit(1)
    .executeTakeFirst();
  return row?.seq;
}
