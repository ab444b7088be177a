import type { CustomTypesConfig } from "pg";
import pg from "pg";

/** A character that nobody uses stands before `0` for NUL and before `1` for itself. */
const ESCAPE = "\u{F8F0}";

/** Numbers as JavaScript's: no integer of the schema exceeds 2^53; sums and counts come as bigint or numeric. */
export const postgresTypes: CustomTypesConfig = {
  getTypeParser(oid, format) {
    if (format !== "binary") {
      if (oid === pg.types.builtins.INT8 || oid === pg.types.builtins.NUMERIC) return Number;
      if (oid === pg.types.builtins.TEXT) return decodeText;
    }
    return pg.types.getTypeParser(oid, format);
  },
};

/** A parameter as PostgreSQL can hold it: its text has no NUL. Equal texts stay equal, different ones different. */
export function encodeParameter(value: unknown): unknown {
  if (typeof value !== "string" || !/[\0\u{F8F0}]/u.test(value)) return value;
  return value.replaceAll(ESCAPE, `${ESCAPE}1`).replaceAll("\0", `${ESCAPE}0`);
}

function decodeText(value: string): string {
  if (!value.includes(ESCAPE)) return value;
  return value.replaceAll(`${ESCAPE}0`, "\0").replaceAll(`${ESCAPE}1`, ESCAPE);
}
