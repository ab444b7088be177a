import { z } from "zod";
import { OptioError } from "./errors.ts";
import type { FilterField, FilterFieldName, FilterValue } from "./filter-fields.ts";
import { FILTER_FIELDS, MAX_TAG_KEY_LENGTH } from "./filter-fields.ts";

/** A filter, read: what must hold of a process. An empty `all` holds always, an empty `any` never. */
export type FilterNode =
  | { readonly type: "all"; readonly nodes: readonly FilterNode[] }
  | { readonly type: "any"; readonly nodes: readonly FilterNode[] }
  | { readonly type: "not"; readonly node: FilterNode }
  | FilterTest;

/** What one field must fulfil; values are of the field's kind, instants in ms. False when the field is missing. */
export type FilterTest =
  | { readonly type: "in"; readonly field: FilterField; readonly values: readonly FilterValue[] }
  | {
      readonly type: "compare";
      readonly field: FilterField;
      readonly operator: FilterComparison;
      readonly value: string | number;
    }
  | { readonly type: "exists"; readonly field: FilterField };

/** `gt` is greater than, `gte` greater or equal, and so on. */
export type FilterComparison = (typeof COMPARISONS)[number];

export const COMPARISONS = ["gt", "gte", "lt", "lte"] as const;
const OPERATORS = ["eq", "ne", "in", "exists", ...COMPARISONS];
/** Most filters within one another. */
export const MAX_FILTER_DEPTH = 10;
/** Most conditions of a filter, combined ones counted too. */
export const MAX_FILTER_CONDITIONS = 200;
/** Most values that a filter compares with. */
export const MAX_FILTER_VALUES = 1_000;
/** Longest text that a filter compares with, in UTF-16 units. */
export const MAX_FILTER_TEXT_LENGTH = 1_000;

const TAG_PREFIX = "metadata.";
const NEVER: FilterNode = { type: "any", nodes: [] };
const instant = z.iso.datetime({ offset: true });

type Path = readonly (string | number)[];

/** Reads a filter of any origin. @throws `invalid-filter` naming the key that is wrong; `data.path` has it in parts. */
export function readFilter(filter: unknown): FilterNode {
  return new FilterReader().read(filter, [], 1);
}

class FilterReader {
  #conditions = 0;
  #values = 0;

  read(filter: unknown, path: Path, depth: number): FilterNode {
    if (depth > MAX_FILTER_DEPTH) refuse(path, `more than ${MAX_FILTER_DEPTH} filters within one another`);
    const nodes = entriesOf(filter, path).map(([key, value]) => this.#part(key, value, [...path, key], depth));
    return { type: "all", nodes };
  }

  #part(key: string, value: unknown, path: Path, depth: number): FilterNode {
    if (key === "and") return { type: "all", nodes: this.#list(value, path, depth) };
    if (key === "or") return { type: "any", nodes: this.#list(value, path, depth) };
    if (key !== "not") return this.#conditionsOf(toField(key, path), value, path);
    this.#count(path);
    return { type: "not", node: this.read(value, path, depth + 1) };
  }

  #list(value: unknown, path: Path, depth: number): FilterNode[] {
    if (!Array.isArray(value)) refuse(path, `expected a list of filters, not ${show(value)}`);
    return value.map((filter: unknown, index) => {
      this.#count(path);
      return this.read(filter, [...path, index], depth + 1);
    });
  }

  #conditionsOf(field: FilterField, value: unknown, path: Path): FilterNode {
    if (typeof value !== "object" || value === null) {
      this.#count(path);
      return this.#in(field, [value], path);
    }
    const conditions = entriesOf(value, path).filter(([, operand]) => operand !== undefined);
    if (conditions.length === 0) refuse(path, `names no condition; there are ${OPERATORS.join(", ")}`);
    const nodes = conditions.map(([operator, operand]) =>
      this.#condition(field, operator, operand, [...path, operator]),
    );
    return { type: "all", nodes };
  }

  #condition(field: FilterField, operator: string, operand: unknown, path: Path): FilterNode {
    this.#count(path);
    const comparison = COMPARISONS.find((name) => name === operator);
    if (comparison) return this.#compare(field, comparison, operand, path);
    switch (operator) {
      case "eq":
        return this.#in(field, [operand], path);
      case "ne":
        return { type: "not", node: this.#in(field, [operand], path) };
      case "in":
        if (!Array.isArray(operand)) refuse(path, `expected a list of values, not ${show(operand)}`);
        return this.#in(field, operand, path);
      case "exists":
        if (typeof operand !== "boolean") refuse(path, `expected true or false, not ${show(operand)}`);
        return operand ? { type: "exists", field } : { type: "not", node: { type: "exists", field } };
      default:
        return refuse(path, `unknown condition '${operator}'; there are ${OPERATORS.join(", ")}`);
    }
  }

  #in(field: FilterField, operands: readonly unknown[], path: Path): FilterNode {
    const values = operands.map((operand) => toOperand(field, this.#value(operand, path), path));
    return { type: "in", field, values: values.filter((value) => value !== undefined) };
  }

  #compare(field: FilterField, operator: FilterComparison, operand: unknown, path: Path): FilterNode {
    const value = this.#value(operand, path);
    if (typeof value === "boolean") refuse(path, "true and false have no order; expected text or a number");
    const comparable = toOperand(field, value, path);
    if (comparable === undefined || typeof comparable === "boolean") return NEVER;
    return { type: "compare", field, operator, value: comparable };
  }

  #value(value: unknown, path: Path): FilterValue {
    this.#values += 1;
    if (this.#values > MAX_FILTER_VALUES) refuse(path, `more than ${MAX_FILTER_VALUES} values in all`);
    if (typeof value === "boolean") return value;
    if (typeof value === "number" && Number.isFinite(value)) return value === 0 ? 0 : value;
    if (typeof value !== "string") return refuse(path, `expected text, a number, true or false, not ${show(value)}`);
    if (value.length > MAX_FILTER_TEXT_LENGTH) refuse(path, `text of more than ${MAX_FILTER_TEXT_LENGTH} characters`);
    return refuseUnstorable(value, path);
  }

  #count(path: Path): void {
    this.#conditions += 1;
    if (this.#conditions > MAX_FILTER_CONDITIONS) refuse(path, `more than ${MAX_FILTER_CONDITIONS} conditions in all`);
  }
}

function toField(key: string, path: Path): FilterField {
  if (isFieldName(key)) return { kind: FILTER_FIELDS[key], name: key };
  if (!key.startsWith(TAG_PREFIX) || key === TAG_PREFIX) {
    const known = [...Object.keys(FILTER_FIELDS), "metadata.<key>", "and", "or", "not"].join(", ");
    refuse(path, `unknown key ${show(key)}; a filter knows ${known}`);
  }
  const tag = refuseUnstorable(key.slice(TAG_PREFIX.length), path);
  if (tag.length > MAX_TAG_KEY_LENGTH) refuse(path, `a tag's key of more than ${MAX_TAG_KEY_LENGTH} characters`);
  return { kind: "tag", key: tag };
}

function isFieldName(key: string): key is FilterFieldName {
  return Object.hasOwn(FILTER_FIELDS, key);
}

/** The value in the kind of the field; undefined when it is of another one, so that no process can have it. */
function toOperand(field: FilterField, value: FilterValue, path: Path): FilterValue | undefined {
  if (field.kind === "tag") return value;
  if (field.kind === "instant") return typeof value === "string" ? toMs(value, path) : undefined;
  return typeof value === { text: "string", number: "number", flag: "boolean" }[field.kind] ? value : undefined;
}

function toMs(text: string, path: Path): number {
  if (!instant.safeParse(text).success) refuse(path, `${show(text)} is no instant like 2026-01-31T08:00:00Z`);
  return Date.parse(text);
}

function refuseUnstorable(text: string, path: Path): string {
  if (!text.isWellFormed() || text.includes("\0")) refuse(path, `${show(text)} has a NUL or half a character`);
  return text;
}

function entriesOf(value: unknown, path: Path): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    refuse(path, `expected an object, not ${show(value)}`);
  return Object.entries(value);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function refuse(path: Path, fault: string): never {
  const place = path.length === 0 ? "" : `${path.join(".").slice(0, 300)}: `;
  throw new OptioError("invalid-filter", `filter: ${place}${fault}`, { data: { path, fault } });
}
