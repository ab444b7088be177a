import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import type { DatabaseConnection, Dialect, SqliteDatabase, SqliteStatement } from "kysely";
import { CompiledQuery, Kysely, SqliteAdapter, SqliteDialect, SqliteDriver, SqliteQueryCompiler } from "kysely";
import type { Schema } from "../schema.ts";
import type { DialectConnections } from "./dialect.ts";

/** How long a statement waits for another OS process that writes. */
const BUSY_TIMEOUT_MS = 10_000;
const MAX_CACHED_STATEMENTS = 500;

/**
 * Opens (or creates, mode 0600, parent 0700) a SQLite file: one connection that writes and one that reads, because statements outside
 * a transaction on the same connection would see half of it.
 */
export function connectSqlite(path: string): DialectConnections {
  createPrivateFile(path);
  return {
    kind: "sqlite",
    writer: new Kysely<Schema>({ dialect: dialectOf(openWriter(path)) }),
    openReader: () => new Kysely<Schema>({ dialect: dialectOf(openReader(path)) }),
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

function openWriter(path: string): Database.Database {
  const database = new Database(path, { timeout: BUSY_TIMEOUT_MS });
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = FULL");
  database.pragma("foreign_keys = ON");
  return database;
}

function openReader(path: string): Database.Database {
  return new Database(path, { timeout: BUSY_TIMEOUT_MS, readonly: true, fileMustExist: true });
}

function dialectOf(database: Database.Database): Dialect {
  const base = new SqliteDialect({ database });
  return {
    createAdapter: () => new TransactionalDdlAdapter(),
    createDriver: () => new ImmediateDriver({ database: new CachingDatabase(database) }),
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

class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    // a transaction that starts by reading fails at its first write, without waiting, when another OS process wrote meanwhile
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }
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
