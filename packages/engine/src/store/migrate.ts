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
  await db.transaction().execute(async (transaction) => {
    await waitForOthers(transaction);
    await refuseNewer(transaction, Object.keys(migrations).sort());
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

async function refuseNewer<T>(db: Kysely<T>, known: readonly string[]): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === MIGRATION_TABLE)) return;
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(MIGRATION_TABLE)} order by name`.execute(
    db,
  );
  const newest = rows.at(-1)?.name;
  if (newest === undefined || known.includes(newest)) return;
  throw new OptioError(
    "store-failed",
    `the store is of version ${newest}, this program knows versions up to ${known.at(-1)}: update the program, or open another store`,
  );
}
