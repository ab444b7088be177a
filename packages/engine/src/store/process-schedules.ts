import { END_STATES } from "@optio/contract";
import type { SqlBool } from "kysely";
import { sql } from "kysely";
import { nextChangeId } from "./change-counter.ts";
import type { StoreParts } from "./owner-transaction.ts";
import { toRecord } from "./process-rows.ts";
import type { ProcessStore } from "./store.ts";

type Schedules = Pick<ProcessStore, "listScheduled" | "takeFire" | "listStamped" | "takeStamp">;

/** What makes processes start by themselves: fires of schedules, stamps of a shutdown. */
export function createSchedules(parts: StoreParts): Schedules {
  const { database } = parts;
  return {
    listScheduled: () =>
      database.read(async (queries) => {
        const rows = await queries
          .selectFrom("processes")
          .selectAll()
          .where("schedule", "is not", null)
          .orderBy("id")
          .execute();
        return rows.map(toRecord);
      }),
    takeFire: (id, seen, next) => takeFire(parts, id, seen, next),
    listStamped: () =>
      database.read(async (queries) => {
        const rows = await queries
          .selectFrom("processes")
          .selectAll()
          // a literal, not a parameter: only so does a database see that the partial index fits
          .where("auto_resume_stamped", "=", sql.lit(1))
          // the text added keeps SQLite from the index of states
          .where(sql<SqlBool>`(state || '') in (${sql.join(END_STATES)})`)
          .orderBy("id")
          .execute();
        return rows.map(toRecord);
      }),
    takeStamp: (id) =>
      database.write(async (transaction) => {
        const taken = await transaction
          .updateTable("processes")
          .set({ auto_resume_stamped: 0 })
          .where("id", "=", id)
          .where("auto_resume_stamped", "=", 1)
          .executeTakeFirst();
        return taken.numUpdatedRows > 0;
      }),
  };
}

function takeFire(parts: StoreParts, id: string, seen: number | null, next: number | null): Promise<boolean> {
  return parts.commits.write(async (transaction) => {
    const taken = await transaction
      .updateTable("processes")
      .set({ next_fire_at: next })
      .where("id", "=", id)
      .where("next_fire_at", seen === null ? "is" : "=", seen)
      .executeTakeFirst();
    if (taken.numUpdatedRows === 0n) return { result: false, notice: undefined };
    const changeId = await nextChangeId(transaction);
    await transaction.updateTable("processes").set({ change_id: changeId }).where("id", "=", id).execute();
    return { result: true, notice: { processId: id, envelopes: [], changeId } };
  });
}
