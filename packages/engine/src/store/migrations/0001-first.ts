import type { CreateTableBuilder, Kysely } from "kysely";
import { sql } from "kysely";
import type { Migration } from "kysely/migration";
import { collateText } from "./postgres-only.ts";

const TABLES = [
  "processes",
  "events",
  "messages",
  "turns",
  "items",
  "decisions",
  "manifests",
  "tokens",
  "login_codes",
  "idempotency",
  "counters",
  "meta",
];

/** Every table of step one with the indices that its queries need. */
export const first: Migration = {
  async up(db: Kysely<unknown>) {
    await createProcesses(db);
    await createEvents(db);
    await createMessages(db);
    await createTurnsAndItems(db);
    await createDecisions(db);
    await createManifests(db);
    await createTokens(db);
    await createIdempotency(db);
    await createSmallTables(db);
    await collateText(db, TABLES);
  },
};

async function createProcesses(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("processes")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("agent", "text")
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("description", "text")
    .addColumn("metadata", "text", (column) => column.notNull())
    .addColumn("adhoc", "integer", (column) => column.notNull())
    .addColumn("sealed_config", "text")
    .addColumn("parent", "text")
    .addColumn("search", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("run", "integer", (column) => column.notNull())
    .addColumn("epoch", "integer", (column) => column.notNull())
    .addColumn("owner_machine", "text")
    .addColumn("owner_boot", "text")
    .addColumn("owner_pid", "integer")
    .addColumn("owner_start", "text")
    .addColumn("lease_until", "bigint")
    .addColumn("progress", "text")
    .addColumn("error", "text")
    .addColumn("cancellable", "integer", (column) => column.notNull())
    .addColumn("supports_resume", "integer", (column) => column.notNull())
    .addColumn("has_saved_state", "integer", (column) => column.notNull())
    .addColumn("head_seq", "bigint", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("started_at", "bigint")
    .addColumn("ended_at", "bigint")
    .addColumn("session", "text")
    .addColumn("change_id", "bigint", (column) => column.notNull())
    .addColumn("pending_decisions", "integer", (column) => column.notNull())
    .addColumn("queued", "integer", (column) => column.notNull())
    .execute();
  await createIndex(db, "processes", "by_age", ["created_at", "id"]);
  await createIndex(db, "processes", "by_state", ["state", "created_at", "id"]);
  await createIndex(db, "processes", "by_parent", ["parent", "created_at", "id"]);
  await createIndex(db, "processes", "by_change", ["change_id"]);
}

async function createEvents(db: Kysely<unknown>): Promise<void> {
  await ofProcess(db.schema.createTable("events"))
    .addColumn("seq", "bigint", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("run", "integer", (column) => column.notNull())
    .addColumn("type", "text", (column) => column.notNull())
    .addColumn("event", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("events_key", ["process_id", "seq"])
    .execute();
  await db.schema
    .createIndex("events_log")
    .on("events")
    .columns(["process_id", "seq"])
    .where(sql.ref("type"), "=", sql.lit("process.logged"))
    .execute();
}

async function createMessages(db: Kysely<unknown>): Promise<void> {
  await ofProcess(db.schema.createTable("messages"))
    .addColumn("message_id", "text", (column) => column.notNull())
    .addColumn("run", "integer", (column) => column.notNull())
    .addColumn("text", "text", (column) => column.notNull())
    .addColumn("mode", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("origin", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("turn_id", "text")
    .addColumn("lane", "integer", (column) => column.notNull())
    .addColumn("position", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("messages_key", ["process_id", "message_id"])
    .execute();
  await createIndex(db, "messages", "by_state", ["process_id", "state", "run"]);
  await createIndex(db, "messages", "by_position", ["process_id", "position"]);
  await createIndex(db, "messages", "by_turn", ["process_id", "turn_id"]);
}

async function createTurnsAndItems(db: Kysely<unknown>): Promise<void> {
  await ofProcess(db.schema.createTable("turns"))
    .addColumn("thread_id", "text", (column) => column.notNull())
    .addColumn("turn_id", "text", (column) => column.notNull())
    .addColumn("status", "text")
    .addColumn("position", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("turns_key", ["process_id", "thread_id", "turn_id"])
    .execute();
  await createIndex(db, "turns", "by_status", ["process_id", "thread_id", "status", "position"]);
  await createIndex(db, "turns", "by_position", ["process_id", "position"]);
  await ofProcess(db.schema.createTable("items"))
    .addColumn("thread_id", "text", (column) => column.notNull())
    .addColumn("item_id", "text", (column) => column.notNull())
    .addColumn("turn_id", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("completed", "integer", (column) => column.notNull())
    .addColumn("started_seq", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("items_key", ["process_id", "thread_id", "item_id"])
    .execute();
  await createIndex(db, "items", "by_completed", ["process_id", "thread_id", "completed", "started_seq"]);
}

async function createDecisions(db: Kysely<unknown>): Promise<void> {
  await ofProcess(db.schema.createTable("decisions"))
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("run", "integer", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("request", "text", (column) => column.notNull())
    .addColumn("options", "text", (column) => column.notNull())
    .addColumn("requested_at", "bigint", (column) => column.notNull())
    .addColumn("resolved_at", "bigint")
    .addColumn("resolution", "text")
    .addColumn("resolved_by", "text")
    .addColumn("agent_key", "text", (column) => column.notNull())
    .addColumn("instance", "text", (column) => column.notNull())
    .addColumn("thread_id", "text", (column) => column.notNull())
    .addColumn("turn_id", "text", (column) => column.notNull())
    .addColumn("idempotency_key", "text")
    .addUniqueConstraint("decisions_by_request", ["process_id", "instance", "agent_key"])
    .execute();
  await createIndex(db, "decisions", "by_age", ["requested_at", "id"]);
  await createIndex(db, "decisions", "by_state", ["state", "requested_at", "id"]);
  await createIndex(db, "decisions", "by_process", ["process_id", "requested_at", "id"]);
  await createIndex(db, "decisions", "by_process_state", ["process_id", "state", "requested_at", "id"]);
}

async function createManifests(db: Kysely<unknown>): Promise<void> {
  await ofProcess(db.schema.createTable("manifests"))
    .addColumn("run", "integer", (column) => column.notNull())
    .addColumn("manifest", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("manifests_key", ["process_id", "run"])
    .execute();
}

async function createTokens(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("tokens")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull().unique())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("last_used_at", "bigint")
    .execute();
  await createIndex(db, "tokens", "by_age", ["created_at", "id"]);
  await createIndex(db, "tokens", "by_name", ["name"]);
  await db.schema
    .createTable("login_codes")
    .addColumn("hash", "text", (column) => column.primaryKey().notNull())
    .addColumn("token_id", "text", (column) => column.notNull().references("tokens.id").onDelete("cascade"))
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .execute();
  await createIndex(db, "login_codes", "by_token", ["token_id"]);
  await createIndex(db, "login_codes", "by_expiry", ["expires_at"]);
}

async function createIdempotency(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("idempotency")
    .addColumn("principal", "text", (column) => column.notNull())
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("fingerprint", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("status", "integer")
    .addColumn("body", "text")
    .addPrimaryKeyConstraint("idempotency_key", ["principal", "key"])
    .execute();
  await createIndex(db, "idempotency", "by_age", ["created_at"]);
}

async function createSmallTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("counters")
    .addColumn("name", "text", (column) => column.primaryKey().notNull())
    .addColumn("value", "bigint", (column) => column.notNull())
    .execute();
  await sql`insert into counters (name, value) values ('change', 0)`.execute(db);
  await db.schema
    .createTable("meta")
    .addColumn("key", "text", (column) => column.primaryKey().notNull())
    .addColumn("value", "text", (column) => column.notNull())
    .execute();
}

function ofProcess<T extends string>(table: CreateTableBuilder<T>): CreateTableBuilder<T, "process_id"> {
  return table.addColumn("process_id", "text", (column) =>
    column.notNull().references("processes.id").onDelete("cascade"),
  );
}

async function createIndex(db: Kysely<unknown>, table: string, name: string, columns: string[]): Promise<void> {
  await db.schema.createIndex(`${table}_${name}`).on(table).columns(columns).execute();
}
