import { OptioError } from "@optio/contract";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { Migration } from "kysely/migration";
import { Migrator } from "kysely/migration";
import { isPostgres } from "./migrations/postgres-only.ts";

const MIGRATION_TABLE = "kysely_migration";
/** Any number: who migrates a PostgreSQL database holds the lock of this name. */
const LOCK = 7_103_911_274;

/**
 * Brings a database to the newest version of the given migrations, in one transaction.
 * @throws `store-failed` when the database is of a newer version than they are, or when a migration fails.
 */
export async function migrate<T>(db: Kysely<T>, migrations: Readonly<Record<string, Migration>>): Promise<void> {
  const known = Object.keys(migrations).sort();
  await db.transaction().execute(async (transaction) => {
    await waitForOthers(transaction);
    const done = await readDone(transaction);
    refuseNewer(done.at(-1), known);
    if (known.every((name) => done.includes(name))) return;
    const migrator = new Migrator({ db: transaction, provider: { getMigrations: async () => ({ ...migrations }) } });
    const { error } = await migrator.migrateToLatest();
    if (error === undefined) return;
    const message = error instanceof Error ? error.message : String(error);
    throw new OptioError("store-failed", `the store could not be migrated: ${message}`, { cause: error });
  });
}

/** Until the transaction's end: the migrator's own lock is given back before the commit, when others see nothing of it yet. */
async function waitForOthers<T>(db: Kysely<T>): Promise<void> {
  if (isPostgres(db)) await sql`select pg_advisory_xact_lock(${sql.lit(LOCK)})`.execute(db);
}

/** The names of the migrations that the database has, in their order. */
async function readDone<T>(db: Kysely<T>): Promise<string[]> {
  const table = isPostgres(db)
    ? sql`select 1 from pg_tables where schemaname = current_schema() and tablename = ${MIGRATION_TABLE}`
    : sql`select 1 from sqlite_master where type = 'table' and name = ${MIGRATION_TABLE}`;
  if ((await table.execute(db)).rows.length === 0) return [];
  const names = sql<{ name: string }>`select name from ${sql.table(MIGRATION_TABLE)}`;
  return (await names.execute(db)).rows.map(({ name }) => name).sort();
}

function refuseNewer(newest: string | undefined, known: readonly string[]): void {
  if (newest === undefined || known.includes(newest)) return;
  throw new OptioError(
    "store-failed",
    `the store is of version ${newest}, this program knows versions up to ${known.at(-1)}: update the program, or open another store`,
  );
}
