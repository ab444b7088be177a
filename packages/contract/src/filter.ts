import { z } from "zod";
import { OptioError, toOptioError } from "./errors.ts";
import type { FilterValue } from "./filter-fields.ts";
import { holdsAlways, simpleFilterText, simplifyFilter } from "./filter-simplify.ts";
import { MAX_FILTER_TEXT_LENGTH, MAX_FILTER_VALUES, readFilter } from "./filter-tree.ts";

/** What a field must fulfil; several keys must hold together. A bare value means `eq`. */
export interface FilterCondition {
  readonly eq?: FilterValue;
  readonly ne?: FilterValue;
  readonly in?: readonly FilterValue[];
  readonly exists?: boolean;
  readonly gt?: string | number;
  readonly gte?: string | number;
  readonly lt?: string | number;
  readonly lte?: string | number;
}

/**
 * One language for lists, feeds, blocks, groups and resync: fields that must all hold (`state`, `metadata.team`, …: see
 * `FILTER_FIELDS`), and `and`, `or`, `not`. `{}` matches everything.
 *
 * A condition holds or not, nothing between: a field that is missing or of another type than the value fulfils none but `ne` and
 * `exists: false`. Text is ordered by code points, instants are ISO text and compared as times, true and false have no order. An
 * object or a list in metadata exists, and equals nothing.
 */
export type Filter = { readonly [key: string]: FilterValue | FilterCondition | Filter | readonly Filter[] };

export const filterValueSchema = z.union([z.string().max(MAX_FILTER_TEXT_LENGTH), z.number(), z.boolean()]);

const comparableSchema = z.union([z.string().max(MAX_FILTER_TEXT_LENGTH), z.number()]);
const conditionSchema = z.strictObject({
  eq: filterValueSchema.optional(),
  ne: filterValueSchema.optional(),
  in: z.array(filterValueSchema).max(MAX_FILTER_VALUES).optional(),
  exists: z.boolean().optional(),
  gt: comparableSchema.optional(),
  gte: comparableSchema.optional(),
  lt: comparableSchema.optional(),
  lte: comparableSchema.optional(),
});
const shapeSchema: z.ZodType<Filter> = z.lazy(() =>
  z.record(z.string(), z.union([filterValueSchema, conditionSchema, shapeSchema, z.array(shapeSchema)])),
);

/** A filter of any origin: an issue names the key that is wrong. */
export const filterSchema: z.ZodType<Filter> = z.preprocess((value, context) => {
  try {
    readFilter(value);
    return value;
  } catch (error) {
    const { message, data } = toOptioError(error, "invalid-filter");
    const path = z.array(z.union([z.string(), z.number()])).safeParse(data?.path);
    context.issues.push({ code: "custom", message, path: path.data ?? [], input: value });
    return z.NEVER;
  }
}, shapeSchema);

/** Parses the JSON of a filter. @throws `bad-request` when it is no JSON, `invalid-filter` naming the key that is wrong. */
export function parseFilter(text: string): Filter {
  return checkFilter(parseJson(text));
}

/** The value as a filter. @throws `invalid-filter` naming the key that is wrong. */
export function checkFilter(value: unknown): Filter {
  // first for its message: the schema would only say that the value is none
  readFilter(value);
  return shapeSchema.parse(value);
}

/** The filter as text, the same for filters that differ in spelling only: in the order of keys, `eq` and `in`, nested lists, zones. @throws `invalid-filter`. */
export function canonicalFilter(filter: Filter): string {
  return simpleFilterText(simplifyFilter(readFilter(filter)));
}

/** True when the filter leaves nothing out: `{}` in any spelling. @throws `invalid-filter`. */
export function isEmptyFilter(filter: Filter): boolean {
  return holdsAlways(simplifyFilter(readFilter(filter)));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const shown = JSON.stringify(text.slice(0, 80));
    throw new OptioError("bad-request", `filter: ${shown} is not JSON`, { cause: error });
  }
}
