import type { Filter, FilterTest, SimpleFilter } from "@optio/contract";
import { readFilter, simplifyFilter, toStorableText } from "@optio/contract";
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
  const { tag, rest } = splitFilter(query.filter ?? {});
  const conditions = [...queryConditions(query), ...rest.map((part) => filterCondition(part, database.kind))];
  const select = { conditions, before, limit: query.limit + 1 };
  const rows = await database.read((queries) =>
    tag ? selectTagged(queries, tag, select) : selectAny(queries, select),
  );
  return toPage(rows, query.limit, toRecord, (row) => [row.created_at, row.id]);
}

interface Selection {
  readonly conditions: readonly Condition[];
  readonly before: Place | undefined;
  readonly limit: number;
}

/** A tag that every process of the list has, with the text of its value. */
interface Tag {
  readonly key: string;
  readonly text: string;
}

/** Parts of a filter that must all hold: one that an index of tags is made for, and the others. */
function splitFilter(filter: Filter): { tag: Tag | undefined; rest: readonly SimpleFilter[] } {
  const simple = simplifyFilter(readFilter(filter));
  const parts = simple.type === "all" ? simple.nodes : [simple];
  const index = parts.findIndex((part) => part.type === "in" && toTag(part) !== undefined);
  const part = parts[index];
  const tag = part?.type === "in" ? toTag(part) : undefined;
  return { tag, rest: tag ? parts.toSpliced(index, 1) : parts };
}

function toTag(test: Extract<FilterTest, { type: "in" }>): Tag | undefined {
  const [value] = test.values;
  if (test.field.kind !== "tag" || value === undefined || test.values.length > 1) return undefined;
  return { key: test.field.key, text: tagText(value) };
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

function selectAny(queries: Queries, { conditions, before, limit }: Selection): Promise<ProcessesTable[]> {
  const place = before && sql<SqlBool>`(processes.created_at, processes.id) < (${sql.join(before)})`;
  return queries
    .selectFrom("processes")
    .selectAll()
    .where(allOf(place ? [...conditions, place] : conditions))
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(limit)
    .execute();
}

/** `cross join`: SQLite then begins with the tags, whose index is in the order of the list. */
function selectTagged(queries: Queries, tag: Tag, { conditions, before, limit }: Selection): Promise<ProcessesTable[]> {
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
