import { AsyncLocalStorage } from "node:async_hooks";
import { OptioError } from "@optio/contract";
import type { Kysely, Transaction } from "kysely";
import type { DialectConnections, HeardCommit } from "./dialects/dialect.ts";
import { GroupedWrites } from "./grouped-writes.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import type { Schema } from "./schema.ts";

/** A query context: the reading connection or a transaction. */
export type Queries = Kysely<Schema>;

/** An open database: reads that see committed data only, and transactions one at a time. */
export class Database {
  readonly kind: "sqlite" | "postgres";
  readonly locksRows: boolean;
  readonly #connections: DialectConnections;
  readonly #reader: Kysely<Schema>;
  readonly #writes: GroupedWrites;
  /** The write that the running code belongs to. */
  readonly #inside = new AsyncLocalStorage<{ isOpen: boolean }>();
  #closing: Promise<void> | undefined;

  private constructor(connections: DialectConnections) {
    this.kind = connections.kind;
    this.locksRows = connections.locksRows;
    this.#connections = connections;
    this.#reader = connections.openReader();
    // a group would hold the rows of many processes, and two writers that do wait for each other
    this.#writes = new GroupedWrites(connections.writer, connections.locksRows ? { maxGroup: 1 } : {});
  }

  /** Migrates the database and opens it. @throws `store-failed`; the connections are closed then. */
  static async open(connections: DialectConnections): Promise<Database> {
    try {
      await migrateWith(connections.openMigrator());
      return new Database(connections);
    } catch (error) {
      await connections.writer.destroy();
      throw translate(error, connections);
    }
  }

  /** Runs a read. Every statement sees all commits before it. @throws `store-failed`. */
  async read<T>(work: (queries: Queries) => Promise<T>): Promise<T> {
    this.#refuseClosed();
    try {
      return await work(this.#reader);
    } catch (error) {
      throw translate(error, this.#connections);
    }
  }

  /**
   * Runs the work in a transaction after those asked for before it, which it may share with them; `afterCommit` runs in that order and
   * before later work begins.
   * @throws `store-failed`, `internal` when it is called inside the work of another write, which would wait for itself, and what
   * the work throws; nothing is written then.
   */
  async write<T>(
    work: (transaction: Transaction<Schema>) => Promise<T>,
    afterCommit: (result: T) => void = () => undefined,
  ): Promise<T> {
    this.#refuseClosed();
    if (this.#inside.getStore()?.isOpen) {
      throw new OptioError(
        "internal",
        "a write of the store was asked for inside the work of another: it would wait for itself",
      );
    }
    try {
      return await this.#writes.run((transaction) => this.#fenced(work, transaction), afterCommit);
    } catch (error) {
      throw translate(error, this.#connections);
    }
  }

  /** Hears of the commits of other connections; undefined where the database does not tell. @throws `store-failed`. */
  async listen(heard: (commit: HeardCommit) => void): Promise<AsyncDisposable | undefined> {
    try {
      return await this.#connections.listen?.(heard);
    } catch (error) {
      throw translate(error, this.#connections);
    }
  }

  /** Finishes the writes asked for so far and closes; later calls are refused. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Marks the code of the work, which must not ask for another write. */
  async #fenced<T>(
    work: (transaction: Transaction<Schema>) => Promise<T>,
    transaction: Transaction<Schema>,
  ): Promise<T> {
    const scope = { isOpen: true };
    try {
      return await this.#inside.run(scope, () => work(transaction));
    } finally {
      scope.isOpen = false;
    }
  }

  async #close(): Promise<void> {
    await this.#writes.idle();
    // the reading connection first: SQLite removes the -wal file when the last connection, able to write, closes
    await this.#reader.destroy();
    await this.#connections.writer.destroy();
  }

  #refuseClosed(): void {
    if (this.#closing) throw new OptioError("store-failed", "the store is closed");
  }
}

async function migrateWith(migrator: Kysely<Schema>): Promise<void> {
  try {
    await migrate(migrator, MIGRATIONS);
  } finally {
    await migrator.destroy();
  }
}

function translate(error: unknown, connections: DialectConnections): unknown {
  if (!connections.isDatabaseError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new OptioError("store-failed", `the store refused an operation: ${message}`, { cause: error });
}
