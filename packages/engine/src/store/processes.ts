import type { Filter } from "@optio/contract";
import { ACTIVE_STATES, readFilter, simplifyFilter } from "@optio/contract";
import { createClaims } from "./claims.ts";
import { countProcesses } from "./count-processes.ts";
import type { Database } from "./database.ts";
import type { StoreParts } from "./owner-transaction.ts";
import { createDefinitions } from "./process-definitions.ts";
import { filterCondition } from "./process-filter.ts";
import { listProcesses } from "./process-list.ts";
import { createRemoval } from "./process-removal.ts";
import { toRecord } from "./process-rows.ts";
import { createSchedules } from "./process-schedules.ts";
import { createTrees } from "./process-tree.ts";
import type { ProcessRecord, ProcessStore } from "./store.ts";

/** Process records. */
export function createProcessStore(parts: StoreParts): ProcessStore {
  const { database } = parts;
  return {
    find: (id) =>
      database.read(async (queries) => {
        const row = await queries.selectFrom("processes").selectAll().where("id", "=", id).executeTakeFirst();
        return row && toRecord(row);
      }),
    list: (query) => listProcesses(database, query),
    countByState: () => countProcesses(database),
    changedSince: (changeId, limit) =>
      database.read(async (queries) => {
        const rows = await queries
          .selectFrom("processes")
          .selectAll()
          .where("change_id", ">", changeId)
          .orderBy("change_id")
          .limit(limit)
          .execute();
        return rows.map(toRecord);
      }),
    lastChange: () =>
      database.read(async (queries) => {
        const row = await queries
          .selectFrom("counters")
          .select("value")
          .where("name", "=", "change")
          .executeTakeFirst();
        return row?.value ?? 0;
      }),
    listActive: (filter) => listActive(database, filter),
    ...createDefinitions(parts),
    ...createClaims(parts),
    ...createTrees(database),
    ...createRemoval(parts),
    ...createSchedules(parts),
  };
}

async function listActive(database: Database, filter: Filter = {}): Promise<ProcessRecord[]> {
  const condition = filterCondition(simplifyFilter(readFilter(filter)), database.kind);
  const rows = await database.read((queries) =>
    queries.selectFrom("processes").selectAll().where("state", "in", ACTIVE_STATES).where(condition).execute(),
  );
  return rows.map(toRecord);
}
