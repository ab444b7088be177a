import type { FilterNode } from "@optio/contract";
import { readFilter, simplifyFilter, toStorableText } from "@optio/contract";
import type { SqlBool } from "kysely";
import { sql } from "kysely";
import type { Place } from "./cursors.ts";
import { decodeCursor, toPage } from "./cursors.ts";
import type { Database, Queries } from "./database.ts";
import type { Condition } from "./process-filter.ts";
import { allOf, filterCondition } from "./process-filter.ts";
import type { Lead } from "./process-leads.ts";
import { findLead } from "./process-leads.ts";
import { toRecord } from "./process-rows.ts";
import { isWholeHead, tagHead } from "./process-tags.ts";
import type { ProcessesTable } from "./schema.ts";
import type { Page, ProcessRecord, ProcessStore } from "./store.ts";

/** A page of processes, newest first. @throws `invalid` for a bad cursor, `invalid-filter`. */
export async function listProcesses(
  database: Database,
  query: Parameters<ProcessStore["list"]>[0],
): Promise<Page<ProcessRecord>> {
  const before = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  const filter = simplifyFilter(wholeFilter(query));
  const rows = await database.read(async (queries) => {
    const { lead, rest } = await findLead(queries, filter);
    const conditions = [...rest.map((part) => filterCondition(part, database.kind)), ...searchConditions(query)];
    return select(database, queries, lead, { conditions, before, limit: query.limit + 1 });
  });
  return toPage(rows, query.limit, toRecord, (row) => [row.created_at, row.id]);
}

interface Selection {
  readonly conditions: readonly Condition[];
  readonly before: Place | undefined;
  readonly limit: number;
}

/** The filter and the keys that say the same. */
function wholeFilter({ filter = {}, state, parent }: Parameters<ProcessStore["list"]>[0]): FilterNode {
  const keys = { ...(state !== undefined && { state }), ...(parent !== undefined && { parent }) };
  return { type: "all", nodes: [readFilter(keys), readFilter(filter)] };
}

function searchConditions({ q }: { q?: string }): Condition[] {
  if (!q) return [];
  const pattern = `%${toStorableText(q)
    .toLowerCase()
    .replace(/[\\%_]/g, "\\$&")}%`;
  return [sql<SqlBool>`processes.search like ${pattern} escape '\\'`];
}

function select(
  { kind }: Database,
  queries: Queries,
  lead: Lead | undefined,
  selection: Selection,
): Promise<ProcessesTable[]> {
  if (lead === undefined) return newest(selectWhere(queries, selection), selection.limit);
  if (lead.kind === "tag") return selectTagged(queries, lead, selection);
  // SQLite would read and sort all that are `in` the states: one list for each, in order by its index, is merged. PostgreSQL
  // knows how many there are, and would sort the merged ones.
  const groups = kind === "sqlite" ? lead.states.map((state) => [state]) : [lead.states];
  const [first, ...others] = groups.map((states) => {
    const state = sql<SqlBool>`processes.state in (${sql.join(states)})`;
    return selectWhere(queries, { ...selection, conditions: [state, ...selection.conditions] });
  });
  if (first === undefined) return Promise.resolve([]);
  const merged = others.reduce((list, other) => list.unionAll(other), first);
  return newest(merged, selection.limit);
}

function selectWhere(queries: Queries, { conditions, before }: Selection) {
  const place = before && sql<SqlBool>`(processes.created_at, processes.id) < (${sql.join(before)})`;
  return queries
    .selectFrom("processes")
    .selectAll("processes")
    .where(allOf(place ? [...conditions, place] : conditions));
}

function newest(list: ReturnType<typeof selectWhere>, limit: number): Promise<ProcessesTable[]> {
  return list.orderBy("created_at", "desc").orderBy("id", "desc").limit(limit).execute();
}

/** `cross join`: SQLite then begins with the tags, whose index is in the order of the list. */
function selectTagged(
  queries: Queries,
  tag: Extract<Lead, { kind: "tag" }>,
  { conditions, before, limit }: Selection,
): Promise<ProcessesTable[]> {
  const place = before && sql<SqlBool>`(tag.created_at, tag.process_id) < (${sql.join(before)})`;
  // said twice, the value would count as twice as rare, and PostgreSQL would sort what it believes to be few
  const value = isWholeHead(tag.text) ? undefined : sql<SqlBool>`tag.value = ${tag.text}`;
  const asked = [...(value ? [value] : []), ...(place ? [place] : []), ...conditions];
  return queries
    .selectFrom("process_tags as tag")
    .crossJoin("processes")
    .selectAll("processes")
    .whereRef("processes.id", "=", "tag.process_id")
    .where("tag.key", "=", tag.key)
    .where("tag.head", "=", tagHead(tag.text))
    .where(allOf(asked))
    .orderBy("tag.created_at", "desc")
    .orderBy("tag.process_id", "desc")
    .limit(limit)
    .execute();
}
