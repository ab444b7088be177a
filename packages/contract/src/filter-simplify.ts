import type { FilterField, FilterValue } from "./filter-fields.ts";
import type { FilterNode, FilterTest } from "./filter-tree.ts";

/** A filter without needless parts: `not` stands before tests only, nothing twice, in an order of its own. */
export type SimpleFilter =
  | { readonly type: "all" | "any"; readonly nodes: readonly SimpleFilter[] }
  | { readonly type: "not"; readonly node: FilterTest }
  | FilterTest;

/** The same meaning in one form: filters that differ in spelling only become equal. */
export function simplifyFilter(node: FilterNode): SimpleFilter {
  return simplify(node, false);
}

/** True when the filter holds of every process. */
export function holdsAlways(filter: SimpleFilter): boolean {
  return filter.type === "all" && filter.nodes.length === 0;
}

/** The filter as text, equal for equal filters. */
export function simpleFilterText(filter: SimpleFilter): string {
  return JSON.stringify(toPlain(filter));
}

function simplify(node: FilterNode, negated: boolean): SimpleFilter {
  if (node.type === "not") return simplify(node.node, !negated);
  if (node.type === "all" || node.type === "any") {
    const parts = node.nodes.map((part) => simplify(part, negated));
    return combine((node.type === "all") === negated ? "any" : "all", parts);
  }
  const test = node.type === "in" ? { ...node, values: distinct(node.values) } : node;
  if (test.type === "in" && test.values.length === 0) return { type: negated ? "all" : "any", nodes: [] };
  return negated ? { type: "not", node: test } : test;
}

function combine(type: "all" | "any", parts: readonly SimpleFilter[]): SimpleFilter {
  const nested = parts.flatMap((part) => (part.type === type ? part.nodes : [part]));
  const decided = nested.find((part) => (part.type === "all" || part.type === "any") && part.nodes.length === 0);
  if (decided) return decided;
  const nodes = sorted(joinValues(type, nested));
  const [only] = nodes;
  return only && nodes.length === 1 ? only : { type, nodes };
}

/** `a or b` of one field is `in [a, b]`; `not a and not b` is `not in [a, b]`. */
function joinValues(type: "all" | "any", parts: readonly SimpleFilter[]): SimpleFilter[] {
  const rest: SimpleFilter[] = [];
  const byField = new Map<string, { field: FilterField; values: FilterValue[] }>();
  for (const part of parts) {
    const test = type === "any" ? part : part.type === "not" ? part.node : undefined;
    if (test?.type !== "in") {
      rest.push(part);
      continue;
    }
    const key = JSON.stringify(fieldName(test.field));
    const joined = byField.get(key) ?? { field: test.field, values: [] };
    joined.values.push(...test.values);
    byField.set(key, joined);
  }
  for (const { field, values } of byField.values()) {
    const test: FilterTest = { type: "in", field, values: distinct(values) };
    rest.push(type === "any" ? test : { type: "not", node: test });
  }
  return rest;
}

function sorted(parts: readonly SimpleFilter[]): SimpleFilter[] {
  const byText = new Map(parts.map((part) => [simpleFilterText(part), part]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, part]) => part);
}

function distinct(values: readonly FilterValue[]): FilterValue[] {
  const byText = new Map(values.map((value) => [JSON.stringify(value), value]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

function toPlain(filter: SimpleFilter): unknown {
  switch (filter.type) {
    case "all":
    case "any":
      return { [filter.type]: filter.nodes.map(toPlain) };
    case "not":
      return { not: toPlain(filter.node) };
    case "in":
      return [fieldName(filter.field), "in", filter.values];
    case "compare":
      return [fieldName(filter.field), filter.operator, filter.value];
    case "exists":
      return [fieldName(filter.field), "exists"];
  }
}

function fieldName(field: FilterField): string {
  return field.kind === "tag" ? `metadata.${field.key}` : field.name;
}
