/** What a filter compares with. */
export type FilterValue = string | number | boolean;

/** The fields of a process that filters know besides its tags (`metadata.<key>`), and what each holds. */
export const FILTER_FIELDS = {
  id: "text",
  name: "text",
  kind: "text",
  agent: "text",
  state: "text",
  run: "number",
  parent: "text",
  root: "text",
  depth: "number",
  special: "flag",
  adhoc: "flag",
  ephemeral: "flag",
  scheduled: "flag",
  supportsResume: "flag",
  hasSavedState: "flag",
  createdAt: "instant",
  startedAt: "instant",
  endedAt: "instant",
} as const;

/** The name of a field that is no tag. */
export type FilterFieldName = keyof typeof FILTER_FIELDS;

/** A field of a filter. */
export type FilterField =
  | { readonly kind: (typeof FILTER_FIELDS)[FilterFieldName]; readonly name: FilterFieldName }
  | { readonly kind: "tag"; readonly key: string };

/** Longest key of a tag that a filter can name, in UTF-16 units. */
export const MAX_TAG_KEY_LENGTH = 200;

/**
 * What a filter is compared with: a summary, a record of the store, or a definition. `agent` may stand in `session`, and `scheduled`
 * follows from `schedule`; a flag that is not there is false; an instant is ISO text or ms since 1970.
 */
export type FilterSubject = { readonly [name in FilterFieldName | "metadata" | "session" | "schedule"]?: unknown };

/** The value of a field as filters compare it, an instant in ms; undefined when it is missing, null when it is no single value. */
export function readField(field: FilterField, subject: FilterSubject): FilterValue | null | undefined {
  switch (field.kind) {
    case "tag":
      return toTag(ownValue(subject.metadata, field.key));
    case "flag":
      return field.name === "scheduled" ? isScheduled(subject) : subject[field.name] === true;
    case "instant":
      return toMs(subject[field.name]);
    case "number":
      return toNumber(subject[field.name]);
    case "text":
      return toText(field.name === "agent" ? agentOf(subject) : subject[field.name]);
  }
}

/** A value of metadata as filters see it: undefined when it counts as missing, null when it is an object or a list. */
export function toTag(value: unknown): FilterValue | null | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "boolean") return value;
  if (typeof value === "object") return null;
  return toText(value) ?? toNumber(value);
}

/** The text as databases can hold it: NUL and lone surrogates become U+FFFD. */
export function toStorableText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

/** Negative, zero or positive: the order of code points, which is that of the UTF-8 bytes. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/** UTF-16 puts surrogates, which stand for the highest code points, before U+E000. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function agentOf({ agent, session }: FilterSubject): unknown {
  return agent ?? ownValue(session, "agent");
}

function isScheduled({ scheduled, schedule }: FilterSubject): boolean {
  return scheduled === undefined ? schedule !== undefined && schedule !== null : scheduled === true;
}

function ownValue(holder: unknown, key: string): unknown {
  if (typeof holder !== "object" || holder === null) return undefined;
  return Object.getOwnPropertyDescriptor(holder, key)?.value;
}

function toText(value: unknown): string | undefined {
  return typeof value === "string" ? toStorableText(value) : undefined;
}

function toNumber(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function toMs(value: unknown): number | undefined {
  return toNumber(typeof value === "string" ? Date.parse(value) : value);
}
