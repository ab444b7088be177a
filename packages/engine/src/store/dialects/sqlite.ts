import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Database from "better-sqlite3";
import type { DatabaseConnection, Dialect, SqliteDatabase, SqliteStatement } from "kysely";
import { CompiledQuery, Kysely, SqliteAdapter, SqliteDialect, SqliteDriver, SqliteQueryCompiler } from "kysely";
import type { Schema } from "../schema.ts";
import type { DialectConnections } from "./dialect.ts";

/** How long a transaction waits for others on the same file before it fails. */
const BUSY_TIMEOUT_MS = 10_000;
const MAX_RETRY_DELAY_MS = 10;
/**
 * A search looks at every process, and pages that are not in the cache cost seven times the rest of it: 5 ms instead of 36 for
 * 10 000 processes of 4 KB. Memory is taken only as the database grows.
 */
const READER_CACHE_KIB = 64 * 1_024;
const MAX_CACHED_STATEMENTS = 500;

/**
 * Opens (or creates, mode 0600, parent 0700) a SQLite file: one connection that writes and one that reads, because statements outside
 * a transaction on the same connection would see half of it.
 */
export function connectSqlite(path: string, options: { busyTimeoutMs?: number } = {}): DialectConnections {
  const busyTimeoutMs = options.busyTimeoutMs ?? BUSY_TIMEOUT_MS;
  createPrivateFile(path);
  return {
    kind: "sqlite",
    writer: new Kysely<Schema>({ dialect: dialectOf(() => openWriter(path, busyTimeoutMs), busyTimeoutMs) }),
    openMigrator: () =>
      new Kysely<Schema>({ dialect: dialectOf(() => openWriter(path, busyTimeoutMs), busyTimeoutMs) }),
    openReader: () => new Kysely<Schema>({ dialect: dialectOf(() => openReader(path, busyTimeoutMs), busyTimeoutMs) }),
    locksRows: false,
    isDatabaseError: (error) => error instanceof Database.SqliteError,
  };
}

function createPrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite gives its -wal and -shm files the mode of the database file
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
}

function openWriter(path: string, busyTimeoutMs: number): Database.Database {
  const database = new Database(path, { timeout: busyTimeoutMs });
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
  // SQLite waits by blocking this OS process, where the one that is waited for may live too: ImmediateDriver waits instead
  database.pragma("busy_timeout = 0");
  return database;
}

function openReader(path: string, busyTimeoutMs: number): Database.Database {
  const database = new Database(path, { timeout: busyTimeoutMs, readonly: true, fileMustExist: true });
  database.pragma(`cache_size = -${READER_CACHE_KIB}`);
  return database;
}

/** Opens with its first use: Kysely does not close what was never used. */
function dialectOf(open: () => Database.Database, busyTimeoutMs: number): Dialect {
  const database = async () => new CachingDatabase(open());
  const base = new SqliteDialect({ database });
  return {
    createAdapter: () => new TransactionalDdlAdapter(),
    createDriver: () => new ImmediateDriver(database, busyTimeoutMs),
    createIntrospector: (kysely) => base.createIntrospector(kysely),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** SQLite does roll table changes back; Kysely's own adapter is only careful about foreign keys, which migrations here leave on. */
class TransactionalDdlAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Begins as a writer: a transaction that begins by reading fails at its first write when another one wrote meanwhile. */
class ImmediateDriver extends SqliteDriver {
  readonly #busyTimeoutMs: number;

  constructor(database: () => Promise<SqliteDatabase>, busyTimeoutMs: number) {
    super({ database });
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const deadline = performance.now() + this.#busyTimeoutMs;
    for (let delayMs = 1; ; delayMs = Math.min(2 * delayMs, MAX_RETRY_DELAY_MS)) {
      try {
        await connection.executeQuery(CompiledQuery.raw("begin immediate"));
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() >= deadline) throw error;
      }
      await delay(delayMs);
    }
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");
}

/** Prepares each statement once. */
class CachingDatabase implements SqliteDatabase {
  readonly #database: Database.Database;
  readonly #statements = new Map<string, SqliteStatement>();

  constructor(database: Database.Database) {
    this.#database = database;
  }

  prepare(sql: string): SqliteStatement {
    const cached = this.#statements.get(sql);
    if (cached) return cached;
    const statement: SqliteStatement = this.#database.prepare<unknown[]>(sql);
    if (this.#statements.size >= MAX_CACHED_STATEMENTS) this.#statements.clear();
    this.#statements.set(sql, statement);
    return statement;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }
}
