import type { OpenForTest } from "../testing/store/fixtures.ts";
import { openPostgresForTest } from "./postgres.test-support.ts";
import { openSqliteForTest } from "./sqlite.test-support.ts";

/** Every kind of store, for `describe.each`: its name and how to open an empty one. */
export const STORES: readonly (readonly [string, OpenForTest])[] = [
  ["SQLite", openSqliteForTest],
  ["PostgreSQL", openPostgresForTest],
];
