import type { Migration } from "kysely/migration";
import { first } from "./0001-first.ts";
import { engine } from "./0002-engine.ts";

/** All migrations by number and name; a name once published never changes, and a later one sorts after it. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-first": first,
  "0002-engine": engine,
};
