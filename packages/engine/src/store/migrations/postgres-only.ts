import type { Kysely } from "kysely";
import { PostgresAdapter, sql } from "kysely";
import { CHANNEL } from "../dialects/postgres-listener.ts";

/** Whether the database is PostgreSQL. */
export function isPostgres<T>(db: Kysely<T>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** Gives every text column of the tables the order of code points, as SQLite compares, whatever the database's own language is. */
export async function collateText(db: Kysely<unknown>, tables: readonly string[]): Promise<void> {
  if (!isPostgres(db)) return;
  const { rows } = await sql<{ table: string; column: string }>`
    select table_name as "table", column_name as "column" from information_schema.columns
    where table_schema = current_schema() and table_name in (${sql.join(tables)})
    and data_type = 'text' and collation_name is distinct from 'C'`.execute(db);
  for (const { table, column } of rows) {
    await sql`alter table ${sql.table(table)} alter column ${sql.ref(column)} type text collate "C"`.execute(db);
  }
}

/**
 * Makes every commit that changes a process tell so on a channel: which process, its change id when its record changed, and the name
 * that the connection gave itself. In the database, so that no writer can forget it and it costs no round trip.
 */
export async function notifyOfCommits(db: Kysely<unknown>): Promise<void> {
  if (!isPostgres(db)) return;
  await sql`
    create function optio_tell(process_id text, change_id bigint, removed boolean) returns void language sql as $$
      select pg_notify(${sql.lit(CHANNEL)}, json_build_object(
        'o', nullif(current_setting('optio.origin', true), ''), 'p', process_id, 'c', change_id, 'r', removed)::text)
    $$`.execute(db);
  await sql`
    create function optio_tell_process() returns trigger language plpgsql as $$
    begin
      perform optio_tell(new.id, case when tg_op = 'INSERT' or new.change_id <> old.change_id then new.change_id end, false);
      return null;
    end $$`.execute(db);
  await sql`
    create function optio_tell_removal() returns trigger language plpgsql as $$
    begin
      perform optio_tell(new.process_id, new.change_id, true);
      return null;
    end $$`.execute(db);
  await sql`create trigger optio_tell_new after insert on processes
    for each row execute function optio_tell_process()`.execute(db);
  await sql`create trigger optio_tell_changed after update on processes
    for each row when (new.change_id <> old.change_id or new.head_seq <> old.head_seq)
    execute function optio_tell_process()`.execute(db);
  await sql`create trigger optio_tell_removed after insert on removals
    for each row execute function optio_tell_removal()`.execute(db);
}
