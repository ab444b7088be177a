import type { Filter } from "./filter.ts";
import type { FilterSubject, FilterValue } from "./filter-fields.ts";
import { compareText, readField } from "./filter-fields.ts";
import type { FilterNode, FilterTest } from "./filter-tree.ts";
import { readFilter } from "./filter-tree.ts";

/** True when the process is one that the filter means. @throws `invalid-filter`. */
export function matchesFilter(filter: Filter, subject: FilterSubject): boolean {
  return filterMatcher(filter)(subject);
}

/** `matchesFilter` for many processes: the filter is read once. @throws `invalid-filter`. */
export function filterMatcher(filter: Filter): (subject: FilterSubject) => boolean {
  const node = readFilter(filter);
  return (subject) => holds(node, subject);
}

function holds(node: FilterNode, subject: FilterSubject): boolean {
  switch (node.type) {
    case "all":
      return node.nodes.every((part) => holds(part, subject));
    case "any":
      return node.nodes.some((part) => holds(part, subject));
    case "not":
      return !holds(node.node, subject);
    default:
      return passes(node, readField(node.field, subject));
  }
}

function passes(test: FilterTest, value: FilterValue | null | undefined): boolean {
  if (value === undefined) return false;
  if (test.type === "exists") return true;
  if (value === null) return false;
  if (test.type === "in") return test.values.includes(value);
  const order = compare(value, test.value);
  if (order === undefined) return false;
  return { gt: order > 0, gte: order >= 0, lt: order < 0, lte: order <= 0 }[test.operator];
}

/** Undefined for values of different types. */
function compare(value: FilterValue, other: string | number): number | undefined {
  if (typeof value === "string" && typeof other === "string") return compareText(value, other);
  return typeof value === "number" && typeof other === "number" ? value - other : undefined;
}
