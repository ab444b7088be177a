import type { Kysely } from "kysely";
import { fromJson } from "../json.ts";
import { tagRows } from "../process-tags.ts";
import type { Schema } from "../schema.ts";

const PROCESSES_PER_BATCH = 500;

/** Makes the tags of processes that are older than the table. */
export async function fillTags(db: Kysely<unknown>): Promise<void> {
  const tables = db.withTables<Pick<Schema, "processes" | "process_tags">>();
  for (let after: string | undefined = ""; after !== undefined; ) {
    const rows: { id: string; metadata: string; created_at: number }[] = await tables
      .selectFrom("processes")
      .select(["id", "metadata", "created_at"])
      .where("id", ">", after)
      .orderBy("id")
      .limit(PROCESSES_PER_BATCH)
      .execute();
    for (const { metadata, ...row } of rows)
      for (const tags of tagRows({ ...row, metadata: fromJson<Record<string, unknown>>(metadata) }))
        await tables.insertInto("process_tags").values(tags).execute();
    after = rows.length === PROCESSES_PER_BATCH ? rows.at(-1)?.id : undefined;
  }
}
