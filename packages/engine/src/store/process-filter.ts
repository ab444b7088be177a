import type { FilterFieldName, FilterTest, FilterValue, SimpleFilter } from "@optio/contract";
import type { RawBuilder, SqlBool } from "kysely";
import { sql } from "kysely";
import type { Database } from "./database.ts";
import { tagRange, tagText } from "./process-tags.ts";

/** A condition on a row of `processes`. */
export type Condition = RawBuilder<SqlBool>;

const OPERATORS = { gt: sql.raw(">"), gte: sql.raw(">="), lt: sql.raw("<"), lte: sql.raw("<=") } as const;

/** The filter as a condition on `processes`, true or false for every row, never null. */
export function filterCondition(filter: SimpleFilter, kind: Database["kind"]): Condition {
  switch (filter.type) {
    case "all":
      return allOf(filter.nodes.map((node) => filterCondition(node, kind)));
    case "any":
      return anyOf(filter.nodes.map((node) => filterCondition(node, kind)));
    case "not":
      return sql<SqlBool>`not ${testCondition(filter.node, kind)}`;
    default:
      return testCondition(filter, kind);
  }
}

/** Holds when all of them hold. */
export function allOf(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? sql<SqlBool>`(1 = 1)` : sql<SqlBool>`(${sql.join(conditions, sql` and `)})`;
}

function anyOf(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? sql<SqlBool>`(1 = 0)` : sql<SqlBool>`(${sql.join(conditions, sql` or `)})`;
}

function testCondition(test: FilterTest, kind: Database["kind"]): Condition {
  if (test.field.kind === "tag") return tagCondition(test, test.field.key);
  const column = columnOf(test.field.name, kind);
  const condition = columnCondition(test, column);
  // a comparison with null is null, and so would be its opposite
  return isNullable(test.field.name) ? sql<SqlBool>`(${column} is not null and ${condition})` : condition;
}

function columnCondition(test: FilterTest, column: RawBuilder<unknown>): Condition {
  if (test.type === "exists") return sql<SqlBool>`(1 = 1)`;
  // an integer of PostgreSQL cannot be compared with a parameter like 1.5
  const value = test.field.kind === "number" ? sql`cast(${column} as double precision)` : column;
  if (test.type === "in") return isOneOf(value, test.values.map(toParameter));
  return sql<SqlBool>`(${value} ${OPERATORS[test.operator]} ${test.value})`;
}

function tagCondition(test: FilterTest, key: string): Condition {
  const value = sql.ref("own.value");
  return sql<SqlBool>`exists (select 1 from process_tags as own
    where own.process_id = processes.id and own.key = ${key}${tagValueCondition(test, value)})`;
}

function tagValueCondition(test: FilterTest, value: RawBuilder<unknown>): RawBuilder<unknown> {
  if (test.type === "exists") return sql``;
  if (test.type === "in") return sql` and ${isOneOf(value, test.values.map(tagText))}`;
  const { from, isFromIn, to, isToIn } = tagRange(test.operator, test.value);
  return sql` and ${value} ${OPERATORS[isFromIn ? "gte" : "gt"]} ${from} and ${value} ${OPERATORS[isToIn ? "lte" : "lt"]} ${to}`;
}

function isOneOf(value: RawBuilder<unknown>, operands: readonly (string | number)[]): Condition {
  const [only] = operands;
  return operands.length === 1
    ? sql<SqlBool>`(${value} = ${only})`
    : sql<SqlBool>`(${value} in (${sql.join(operands)}))`;
}

function toParameter(value: FilterValue): string | number {
  return typeof value === "boolean" ? Number(value) : value;
}

const COLUMNS = {
  id: "id",
  name: "name",
  kind: "kind",
  state: "state",
  run: "run",
  parent: "parent",
  root: "root",
  depth: "depth",
  special: "special",
  adhoc: "adhoc",
  ephemeral: "ephemeral",
  supportsResume: "supports_resume",
  hasSavedState: "has_saved_state",
  createdAt: "created_at",
  startedAt: "started_at",
  endedAt: "ended_at",
} as const satisfies Partial<Record<FilterFieldName, string>>;

function columnOf(name: FilterFieldName, kind: Database["kind"]): RawBuilder<unknown> {
  if (name === "scheduled") return sql`(case when processes.schedule is null then 0 else 1 end)`;
  if (name !== "agent") return sql.ref(`processes.${COLUMNS[name]}`);
  // a plain task that runs a session names its agent there
  return kind === "postgres"
    ? sql`(coalesce(processes.agent, processes.session::json ->> 'agent') collate "C")`
    : sql`coalesce(processes.agent, json_extract(processes.session, '$.agent'))`;
}

function isNullable(name: FilterFieldName): boolean {
  return name === "agent" || name === "parent" || name === "root" || name === "startedAt" || name === "endedAt";
}
