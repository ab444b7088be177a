import type { Database } from "./database.ts";
import type { Store } from "./store.ts";

/** Small values of the installation. */
export function createMeta(database: Database): Pick<Store, "getMeta" | "putMeta"> {
  return {
    getMeta: (key) =>
      database.read(async (queries) => {
        const row = await queries.selectFrom("meta").select("value").where("key", "=", key).executeTakeFirst();
        return row?.value;
      }),
    putMeta: (key, value) =>
      database.write(async (transaction) => {
        await transaction
          .insertInto("meta")
          .values({ key, value })
          .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
          .execute();
      }),
  };
}
