import type { FilterComparison, FilterValue } from "@optio/contract";
import { MAX_TAG_KEY_LENGTH, toTag } from "@optio/contract";
import type { ProcessTagsTable } from "./schema.ts";

/**
 * Metadata is filtered by a table, not by JSON functions: an index then finds the newest processes of a tag however few they are, and
 * the statements are the same in every database. A value is one text whose bytes are ordered like the values:
 * `b0`, `b1`, `n` and 16 digits for a number, `s` and the text, `o` for what is no single value.
 */
const HEAD_LENGTH = 64;
/** Rows of one insert: databases limit the parameters of a statement. */
const ROWS_PER_INSERT = 1_000;
const OTHER = "o";

/** The texts between which values of a type lie: from the first, before the second. */
const RANGES = { number: ["n", "o"], string: ["s", "t"] } as const;

/** A process whose metadata becomes tags. */
interface Tagged {
  readonly id: string;
  readonly created_at: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** The tags of a process as rows, in pieces that one statement can insert. */
export function* tagRows(process: Tagged): Generator<readonly ProcessTagsTable[]> {
  const rows = toRows(process);
  for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) yield rows.slice(from, from + ROWS_PER_INSERT);
}

/** The value as a tag holds it. */
export function tagText(value: FilterValue): string {
  if (typeof value === "boolean") return value ? "b1" : "b0";
  return typeof value === "number" ? `n${orderedDigits(value)}` : `s${value}`;
}

/** What of a value is in the index. */
export function tagHead(text: string): string {
  return text.slice(0, HEAD_LENGTH).toWellFormed();
}

/** True when no other value has the same head. */
export function isWholeHead(text: string): boolean {
  return text.length < HEAD_LENGTH;
}

/** The texts between which a value compares so: each bound with whether it counts itself. */
export function tagRange(operator: FilterComparison, value: string | number) {
  const [first, end] = RANGES[typeof value === "number" ? "number" : "string"];
  const text = tagText(value);
  if (operator === "gt" || operator === "gte")
    return { from: text, isFromIn: operator === "gte", to: end, isToIn: false };
  return { from: first, isFromIn: true, to: text, isToIn: operator === "lte" };
}

function toRows({ id, created_at, metadata }: Tagged): ProcessTagsTable[] {
  return Object.entries(metadata).flatMap(([key, value]) => {
    const tag = toTag(value);
    if (tag === undefined || !isNameable(key)) return [];
    const text = tag === null ? OTHER : tagText(tag);
    return [{ process_id: id, key, value: text, head: tagHead(text), created_at }];
  });
}

/** No filter can name another key. */
function isNameable(key: string): boolean {
  return key !== "" && key.length <= MAX_TAG_KEY_LENGTH && key.isWellFormed() && !key.includes("\0");
}

/** A number in 16 digits that are ordered like numbers. */
function orderedDigits(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value === 0 ? 0 : value);
  const bits = view.getBigUint64(0);
  const sign = 1n << 63n;
  const ordered = (bits & sign) === 0n ? bits | sign : BigInt.asUintN(64, ~bits);
  return ordered.toString(16).padStart(16, "0");
}
