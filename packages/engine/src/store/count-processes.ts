import type { Database } from "./database.ts";
import type { ProcessCount } from "./store.ts";

/** How many processes there are of each kind in each state; pairs without any are left out. */
export function countProcesses(database: Database): Promise<ProcessCount[]> {
  return database.read(async (queries) => {
    const rows = await queries
      .selectFrom("processes")
      .select(({ fn }) => ["kind", "state", fn.countAll<number | string | bigint>().as("count")])
      .groupBy(["kind", "state"])
      .execute();
    // PostgreSQL counts in bigint, which its driver gives as text
    return rows.map(({ kind, state, count }) => ({ kind, state, count: Number(count) }));
  });
}
