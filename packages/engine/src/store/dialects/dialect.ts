import type { Kysely } from "kysely";
import type { Schema } from "../schema.ts";

/** One kind of database, opened: all that differs between kinds is here. */
export interface DialectConnections {
  readonly kind: "sqlite" | "postgres";
  /** For transactions; used by one at a time. */
  readonly writer: Kysely<Schema>;
  /** Opens the connections that see committed data only; called once, after the migrations. */
  openReader(): Kysely<Schema>;
  /** True when a transaction must lock the rows it decides on (`for update`); false when writers are alone anyway. */
  readonly locksRows: boolean;
  /** True for an error that the database or its driver raised. */
  isDatabaseError(error: unknown): boolean;
}
