import type { Kysely } from "kysely";
import type { Schema } from "../schema.ts";

/** One kind of database, opened: all that differs between kinds is here. */
export interface DialectConnections {
  readonly kind: "sqlite" | "postgres";
  /** For transactions; used by one at a time. */
  readonly writer: Kysely<Schema>;
  /** Opens the connections that see committed data only; called once, after the migrations. */
  openReader(): Kysely<Schema>;
  /** Opens a connection whose statements may take long, for migrations; the caller destroys it. */
  openMigrator(): Kysely<Schema>;
  /** True when a transaction must lock the rows it decides on (`for update`); false when writers are alone anyway. */
  readonly locksRows: boolean;
  /** True for an error that the database or its driver raised. */
  isDatabaseError(error: unknown): boolean;
  /**
   * Hears of what other connections commit, in the order of commits. Resolves when nothing committed from then on is missed: what may
   * have been comes as `unknown`. Absent where the database does not tell.
   */
  listen?(heard: (commit: HeardCommit) => void): Promise<AsyncDisposable>;
}

/** A commit that the database told of. */
export type HeardCommit = CommitOfProcess | { readonly kind: "unknown" };

/** A commit that changed a process, also one of this store's own writer. */
export interface CommitOfProcess {
  readonly kind: "process";
  readonly processId: string;
  /** Set when the record changed. */
  readonly changeId: number | null;
  readonly removed: boolean;
  /** True when this store's writer committed it and knows that it did. */
  readonly own: boolean;
}
