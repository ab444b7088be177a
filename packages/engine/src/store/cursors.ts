import { OptioError } from "@optio/contract";
import { z } from "zod";

const placeSchema = z.tuple([z.int().min(0), z.string()]);

const treePlaceSchema = z.tuple([z.int().min(0), z.int(), z.string()]);

/** A place in a list ordered by an instant and an id. */
export type Place = z.infer<typeof placeSchema>;
/** A place in a tree ordered by depth, place among siblings and id. */
export type TreePosition = z.infer<typeof treePlaceSchema>;

/** The place as an opaque text that is safe in a URL. */
export function encodeCursor(place: Place | TreePosition): string {
  return Buffer.from(JSON.stringify(place)).toString("base64url");
}

/** The place behind a cursor. @throws `invalid` for a text that `encodeCursor` did not make. */
export function decodeCursor(cursor: string): Place {
  return decode(cursor, placeSchema);
}

/** The place behind a cursor of a tree. @throws `invalid` for a text that `encodeCursor` did not make. */
export function decodeTreeCursor(cursor: string): TreePosition {
  return decode(cursor, treePlaceSchema);
}

function decode<T extends Place | TreePosition>(cursor: string, schema: z.ZodType<T>): T {
  const text = Buffer.from(cursor, "base64url").toString();
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success && encodeCursor(parsed.data) === cursor) return parsed.data;
  throw new OptioError(
    "invalid",
    `cursor ${JSON.stringify(cursor.slice(0, 80))} is not one that a list of this kind gave out`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The first `limit` of `limit + 1` rows as a page; the cursor is there when a row is left over. */
export function toPage<Row, Entry>(
  rows: readonly Row[],
  limit: number,
  convert: (row: Row) => Entry,
  placeOf: (row: Row) => Place | TreePosition,
): { items: Entry[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(convert),
    next: rows.length > limit && last !== undefined ? encodeCursor(placeOf(last)) : null,
  };
}
