import type { SqlBool } from "kysely";
import { sql } from "kysely";
import type { TreePosition } from "./cursors.ts";
import { decodeTreeCursor, toPage } from "./cursors.ts";
import type { Database, Queries } from "./database.ts";
import type { Condition } from "./process-filter.ts";
import { allOf } from "./process-filter.ts";
import { toRecord } from "./process-rows.ts";
import type { ProcessesTable } from "./schema.ts";
import type { Page, ProcessRecord, ProcessStore } from "./store.ts";

/** Reads of processes by their place in a tree. */
export function createTrees(database: Database): Pick<ProcessStore, "children" | "tree"> {
  return {
    children: (id) =>
      database.read(async (queries) => {
        const rows = await queries
          .selectFrom("processes")
          .selectAll()
          .where("parent", "=", id)
          .orderBy("position")
          .orderBy("id")
          .execute();
        return rows.map(toRecord);
      }),
    tree: (id, query) => readTree(database, id, query),
  };
}

/**
 * Holds of a process and of all below it. To be asked together with the root, whose index then leads: no index is to be used for
 * the id, hence the text added to it.
 */
export function isInSubtree(id: string): Condition {
  return sql<SqlBool>`(processes.id || '') in (
    with recursive below(id) as (
      select own.id from processes as own where own.id = ${id}
      union all select child.id from below join processes as child on child.parent = below.id
    ) select id from below)`;
}

async function readTree(
  database: Database,
  id: string,
  { cursor, limit }: { cursor?: string; limit: number },
): Promise<Page<ProcessRecord>> {
  const after = cursor === undefined ? undefined : decodeTreeCursor(cursor);
  const rows = await database.read(async (queries) => {
    const top = await queries.selectFrom("processes").select("root").where("id", "=", id).executeTakeFirst();
    return top ? selectTree(queries, { id, root: top.root ?? id, after, limit: limit + 1 }) : [];
  });
  return toPage(rows, limit, toRecord, (row) => [row.depth, row.position, row.id]);
}

function selectTree(
  queries: Queries,
  { id, root, after, limit }: { id: string; root: string; after: TreePosition | undefined; limit: number },
): Promise<ProcessesTable[]> {
  const conditions: Condition[] = id === root ? [] : [isInSubtree(id)];
  if (after) conditions.push(sql<SqlBool>`(processes.depth, processes.position, processes.id) > (${sql.join(after)})`);
  return queries
    .selectFrom("processes")
    .selectAll()
    .where("root", "=", root)
    .where(allOf(conditions))
    .orderBy("depth")
    .orderBy("position")
    .orderBy("id")
    .limit(limit)
    .execute();
}
