import type { Filter, FilterValue, ProcessState, SimpleFilter } from "@optio/contract";
import { PROCESS_STATES, readFilter, simplifyFilter, toStorableText } from "@optio/contract";
import type { SqlBool } from "kysely";
import { sql } from "kysely";
import type { Place } from "./cursors.ts";
import { decodeCursor, toPage } from "./cursors.ts";
import type { Database, Queries } from "./database.ts";
import type { Condition } from "./process-filter.ts";
import { allOf, filterCondition } from "./process-filter.ts";
import { toRecord } from "./process-rows.ts";
import { tagHead, tagText } from "./process-tags.ts";
import type { ProcessesTable } from "./schema.ts";
import type { Page, ProcessRecord, ProcessStore } from "./store.ts";

/** A page of processes, newest first. @throws `invalid` for a bad cursor, `invalid-filter`. */
export async function listProcesses(
  database: Database,
  query: Parameters<ProcessStore["list"]>[0],
): Promise<Page<ProcessRecord>> {
  const before = query.cursor === undefined ? undefined : decodeCursor(query.cursor);
  const { lead, rest } = splitFilter(query);
  const conditions = [...queryConditions(query), ...rest.map((part) => filterCondition(part, database.kind))];
  const selection = { conditions, before, limit: query.limit + 1 };
  const rows = await database.read((queries) => select(queries, lead, selection));
  return toPage(rows, query.limit, toRecord, (row) => [row.created_at, row.id]);
}

interface Selection {
  readonly conditions: readonly Condition[];
  readonly before: Place | undefined;
  readonly limit: number;
}

/** What every process of a list has and an index leads to in the order of the list: a tag, or one of some states. */
type Lead = { readonly key: string; readonly text: string } | { readonly states: readonly FilterValue[] };

/** The parts of a filter that must all hold: the one that leads, and the others. */
function splitFilter({ filter = {}, state }: { filter?: Filter; state?: ProcessState }): {
  lead: Lead | undefined;
  rest: readonly SimpleFilter[];
} {
  const simple = simplifyFilter(readFilter(filter));
  const parts = simple.type === "all" ? simple.nodes : [simple];
  const leads = parts.map(toLead);
  const tag = leads.findIndex((lead) => lead && "key" in lead);
  const index = tag < 0 && state === undefined ? leads.findIndex((lead) => lead !== undefined) : tag;
  return index < 0 ? { lead: undefined, rest: parts } : { lead: leads[index], rest: parts.toSpliced(index, 1) };
}

function toLead(part: SimpleFilter): Lead | undefined {
  if (part.type !== "in") return undefined;
  const { field, values } = part;
  const [value] = values;
  if (field.kind === "tag" && value !== undefined && values.length === 1)
    return { key: field.key, text: tagText(value) };
  if (field.kind !== "tag" && field.name === "state" && values.length <= PROCESS_STATES.length)
    return { states: values };
  return undefined;
}

function queryConditions(query: Parameters<ProcessStore["list"]>[0]): Condition[] {
  const conditions: Condition[] = [];
  if (query.state !== undefined) conditions.push(sql<SqlBool>`processes.state = ${query.state}`);
  if (query.parent !== undefined) conditions.push(sql<SqlBool>`processes.parent = ${query.parent}`);
  if (query.q) {
    const pattern = `%${toStorableText(query.q)
      .toLowerCase()
      .replace(/[\\%_]/g, "\\$&")}%`;
    conditions.push(sql<SqlBool>`processes.search like ${pattern} escape '\\'`);
  }
  return conditions;
}

function select(queries: Queries, lead: Lead | undefined, selection: Selection): Promise<ProcessesTable[]> {
  if (lead === undefined) return newest(selectWhere(queries, selection), selection.limit);
  if ("key" in lead) return selectTagged(queries, lead, selection);
  const [first, ...others] = lead.states.map((state) => {
    const conditions = [sql<SqlBool>`processes.state = ${state}`, ...selection.conditions];
    return selectWhere(queries, { ...selection, conditions });
  });
  // one list for each state, each in order by its index, merged: `in` would read and sort all there are
  return first
    ? newest(
        others.reduce((list, other) => list.unionAll(other), first),
        selection.limit,
      )
    : Promise.resolve([]);
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
  tag: { readonly key: string; readonly text: string },
  { conditions, before, limit }: Selection,
): Promise<ProcessesTable[]> {
  const place = before && sql<SqlBool>`(tag.created_at, tag.process_id) < (${sql.join(before)})`;
  return queries
    .selectFrom("process_tags as tag")
    .crossJoin("processes")
    .selectAll("processes")
    .whereRef("processes.id", "=", "tag.process_id")
    .where("tag.key", "=", tag.key)
    .where("tag.head", "=", tagHead(tag.text))
    .where("tag.value", "=", tag.text)
    .where(allOf(place ? [...conditions, place] : conditions))
    .orderBy("tag.created_at", "desc")
    .orderBy("tag.process_id", "desc")
    .limit(limit)
    .execute();
}
