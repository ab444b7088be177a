import { z } from "zod";
import { OptioError } from "./errors.ts";

/** What a filter compares with. */
export const filterValueSchema = z.union([z.string().max(1_000), z.number(), z.boolean()]);
export type FilterValue = z.infer<typeof filterValueSchema>;

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
 * One language for lists, feeds, blocks, groups and resync: fields that must all hold (`state`, `metadata.team`, …), and `and`, `or`,
 * `not`. `{}` matches everything.
 */
export type Filter = { readonly [key: string]: FilterValue | FilterCondition | Filter | readonly Filter[] };

const conditionSchema = z.strictObject({
  eq: filterValueSchema.optional(),
  ne: filterValueSchema.optional(),
  in: z.array(filterValueSchema).max(1_000).optional(),
  exists: z.boolean().optional(),
  gt: z.union([z.string(), z.number()]).optional(),
  gte: z.union([z.string(), z.number()]).optional(),
  lt: z.union([z.string(), z.number()]).optional(),
  lte: z.union([z.string(), z.number()]).optional(),
});

export const filterSchema: z.ZodType<Filter> = z.lazy(() =>
  z.record(z.string(), z.union([filterValueSchema, conditionSchema, filterSchema, z.array(filterSchema)])),
);

/** Parses the JSON of a filter. @throws `bad-request` when it is no JSON, `invalid-filter` naming the key that is wrong. */
export function parseFilter(text: string): Filter {
  try {
    return filterSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new OptioError("invalid-filter", `filter: ${String(error)}`);
  }
}
