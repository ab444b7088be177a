import type { Filter, FilterValue } from "@optio/contract";
import { filterSchema } from "@optio/contract";

/** What a person's text asks for, or why it cannot be read. */
export type FilterText =
  | { readonly type: "empty" }
  | { readonly type: "filter"; readonly filter: Filter }
  | { readonly type: "unreadable"; readonly message: string };

const PAIR = /^([^\s=!]+)(!?=)(.*)$/;
/** A word, with quoted parts in it: `team="a b"`. */
const WORD = /(?:[^\s"]|"[^"]*")+/g;

/**
 * Reads a filter: JSON of the filter language, or pairs `key=value` and `key!=value` over the metadata, which must all hold. `true`,
 * `false` and numbers are what they look like, unless they stand in quotes.
 */
export function readFilterText(text: string): FilterText {
  const trimmed = text.trim();
  if (trimmed === "") return { type: "empty" };
  return trimmed.startsWith("{") ? readJson(trimmed) : readPairs(trimmed);
}

function readJson(text: string): FilterText {
  try {
    const parsed = filterSchema.safeParse(JSON.parse(text));
    if (!parsed.success) return unreadable("This JSON is no filter.");
    return Object.keys(parsed.data).length === 0
      ? unreadable("An empty filter would match everything.")
      : { type: "filter", filter: parsed.data };
  } catch {
    return unreadable("This is not JSON yet.");
  }
}

function readPairs(text: string): FilterText {
  const conditions: Filter[] = [];
  for (const word of text.match(WORD) ?? []) {
    const [, key, operator, raw = ""] = PAIR.exec(word) ?? [];
    if (key === undefined) return unreadable(`“${word}” is no pair: write key=value.`);
    if (raw === "") return unreadable(`“${key}” has no value yet.`);
    const value = readValue(raw);
    conditions.push({ [fieldOf(key)]: operator === "!=" ? { ne: value } : value });
  }
  return { type: "filter", filter: joined(conditions) };
}

/** One object where the fields differ, `and` where one occurs twice. */
function joined(conditions: readonly Filter[]): Filter {
  const all = Object.assign({}, ...conditions);
  return Object.keys(all).length === conditions.length ? all : { and: conditions };
}

function fieldOf(key: string): string {
  return key.startsWith("metadata.") ? key : `metadata.${key}`;
}

function readValue(raw: string): FilterValue {
  if (raw.includes('"')) return raw.replaceAll('"', "");
  if (raw === "true" || raw === "false") return raw === "true";
  return /^-?\d+(\.\d+)?$/.test(raw) ? Number(raw) : raw;
}

function unreadable(message: string): FilterText {
  return { type: "unreadable", message };
}

/** A filter in words a person would write: pairs where it is pairs, else its JSON. */
export function filterToText(filter: Filter): string {
  const pairs = Object.entries(filter).map(([key, value]) => {
    const field = key.replace(/^metadata\./, "");
    if (!key.startsWith("metadata.") || typeof value === "object") return undefined;
    return `${field}=${valueToText(value)}`;
  });
  return pairs.length > 0 && pairs.every((pair) => pair !== undefined) ? pairs.join(" ") : JSON.stringify(filter);
}

function valueToText(value: FilterValue): string {
  const text = String(value);
  return typeof value === "string" && (/\s/.test(text) || readValue(text) !== text) ? `"${text}"` : text;
}
