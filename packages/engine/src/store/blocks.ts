import type { Filter } from "@optio/contract";
import { canonicalFilter, toStorableText } from "@optio/contract";
import type { Database } from "./database.ts";
import { fromJson, toJson } from "./json.ts";
import type { BlocksTable } from "./schema.ts";
import type { BlockStore, StoredBlock } from "./store.ts";

/** Launch blocks that survive restarts. */
export function createBlockStore(database: Database): BlockStore {
  return {
    list: () =>
      database.read(async (queries) => {
        const rows = await queries.selectFrom("blocks").selectAll().orderBy("created_at").orderBy("id").execute();
        return rows.map(toBlock);
      }),
    put: (block) => putBlock(database, block),
    remove: (which) =>
      database.write(async (transaction) => {
        const removed = await transaction
          .deleteFrom("blocks")
          .where((eb) =>
            "id" in which ? eb("id", "=", which.id) : eb("canonical", "=", canonicalFilter(which.filter)),
          )
          .executeTakeFirst();
        return Number(removed.numDeletedRows);
      }),
  };
}

function putBlock(database: Database, block: StoredBlock): Promise<StoredBlock> {
  const canonical = canonicalFilter(block.filter);
  const reason = block.reason === null ? null : toStorableText(block.reason);
  return database.write(async (transaction) => {
    const row = await transaction
      .insertInto("blocks")
      .values({ id: block.id, filter: toJson(block.filter), canonical, reason, created_at: block.createdAt })
      .onConflict((conflict) =>
        conflict.column("canonical").doUpdateSet((eb) => ({
          reason: eb
            .case()
            .when("blocks.reason", "is", null)
            .then(eb.ref("excluded.reason"))
            .when("excluded.reason", "is", null)
            .then(eb.ref("blocks.reason"))
            .else(eb(eb(eb.ref("blocks.reason"), "||", " AND "), "||", eb.ref("excluded.reason")))
            .end(),
        })),
      )
      .returningAll()
      .executeTakeFirstOrThrow();
    return toBlock(row);
  });
}

function toBlock(row: BlocksTable): StoredBlock {
  return { id: row.id, filter: fromJson<Filter>(row.filter), reason: row.reason, createdAt: row.created_at };
}
