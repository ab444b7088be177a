import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { Migration } from "kysely/migration";
import { fillTags } from "./fill-tags.ts";
import { moveLogLines } from "./move-log-lines.ts";
import { collateText, notifyOfCommits } from "./postgres-only.ts";

/** Trees, schedules, time to live and auto-resume of processes; logs, blobs, blocks and removals in tables of their own. */
export const engine: Migration = {
  async up(db: Kysely<unknown>) {
    await extendProcesses(db);
    await createLogs(db);
    await createBlobs(db);
    await createBlocks(db);
    await createRemovals(db);
    await createTags(db);
    await collateText(db, ["processes", "logs", "blobs", "blocks", "removals", "process_tags"]);
    await notifyOfCommits(db);
  },
};

async function extendProcesses(db: Kysely<unknown>): Promise<void> {
  const flags = [
    "depth",
    "position",
    "special",
    "auto_resume",
    "auto_resume_stamped",
    "ephemeral",
    "compacted_run",
  ] as const;
  for (const name of flags) {
    await db.schema
      .alterTable("processes")
      .addColumn(name, "integer", (column) => column.notNull().defaultTo(0))
      .execute();
  }
  await db.schema.alterTable("processes").addColumn("ttl_seconds", "double precision").execute();
  for (const name of ["expires_at", "next_fire_at"] as const)
    await db.schema.alterTable("processes").addColumn(name, "bigint").execute();
  for (const [name, value] of [
    ["log_head", 0],
    ["first_seq", 1],
  ] as const) {
    await db.schema
      .alterTable("processes")
      .addColumn(name, "bigint", (column) => column.notNull().defaultTo(value))
      .execute();
  }
  await addTexts(db);
  await createProcessIndices(db);
}

/** SQLite reads a row from its beginning: what may be long comes last, behind what filters ask for. */
async function addTexts(db: Kysely<unknown>): Promise<void> {
  for (const name of ["root", "schedule", "warning", "ui_widget"] as const)
    await db.schema.alterTable("processes").addColumn(name, "text").execute();
  await moveToEnd(db, "session");
  for (const name of ["params", "widget_data"] as const)
    await db.schema.alterTable("processes").addColumn(name, "text").execute();
  await moveToEnd(db, "sealed_config");
  await sql`update processes set root = id, params = '{}'`.execute(db);
}

async function moveToEnd(db: Kysely<unknown>, column: "session" | "sealed_config"): Promise<void> {
  await db.schema.alterTable("processes").addColumn("moved", "text").execute();
  await sql`update processes set moved = ${sql.ref(column)}`.execute(db);
  await db.schema.alterTable("processes").dropColumn(column).execute();
  await db.schema.alterTable("processes").renameColumn("moved", column).execute();
}

async function createProcessIndices(db: Kysely<unknown>): Promise<void> {
  const create = (name: string, columns: readonly string[]) =>
    db.schema
      .createIndex(`processes_${name}`)
      .on("processes")
      .columns([...columns])
      .execute();
  await create("by_root", ["root", "depth", "position", "id"]);
  await create("by_family", ["root", "created_at", "id"]);
  await create("by_order", ["parent", "position", "id"]);
  await create("by_expiry", ["expires_at"]);
  // the kind is for counting alone
  await db.schema.dropIndex("processes_by_state").execute();
  await create("by_state", ["state", "created_at", "id", "kind"]);
  await db.schema
    .createIndex("processes_scheduled")
    .on("processes")
    .column("id")
    .where(sql.ref("schedule"), "is not", null)
    .execute();
  await db.schema
    .createIndex("processes_stamped")
    .on("processes")
    .column("id")
    .where(sql.ref("auto_resume_stamped"), "=", sql.lit(1))
    .execute();
}

/** Log lines; the event `process.logged` refers to its line by number, so that text is stored once. */
async function createLogs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("logs")
    .addColumn("process_id", "text", (column) => column.notNull().references("processes.id").onDelete("cascade"))
    .addColumn("seq", "bigint", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("run", "integer", (column) => column.notNull())
    .addColumn("level", "integer", (column) => column.notNull())
    .addColumn("message", "text", (column) => column.notNull())
    .addColumn("data", "text")
    .addPrimaryKeyConstraint("logs_key", ["process_id", "seq"])
    .execute();
  await db.schema.createIndex("logs_by_level").on("logs").columns(["process_id", "level", "seq"]).execute();
  await db.schema.createIndex("logs_by_run").on("logs").columns(["process_id", "run", "seq"]).execute();
  await moveLogLines(db);
}

async function createBlobs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("blobs")
    .addColumn("process_id", "text", (column) => column.notNull().references("processes.id").onDelete("cascade"))
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull())
    .addColumn("size_bytes", "bigint", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("blobs_key", ["process_id", "name"])
    .execute();
  await db.schema.createIndex("blobs_by_hash").on("blobs").column("hash").execute();
}

async function createBlocks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("blocks")
    .addColumn("id", "text", (column) => column.primaryKey().notNull())
    .addColumn("filter", "text", (column) => column.notNull())
    .addColumn("canonical", "text", (column) => column.notNull().unique())
    .addColumn("reason", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .execute();
  await db.schema.createIndex("blocks_by_age").on("blocks").columns(["created_at", "id"]).execute();
}

/** Which processes are gone, so that a feed that was away can be told. */
async function createRemovals(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("removals")
    .addColumn("change_id", "bigint", (column) => column.notNull())
    .addColumn("process_id", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("removals_key", ["change_id", "process_id"])
    .execute();
  await db.schema.createIndex("removals_by_process").on("removals").column("process_id").execute();
  await db.schema.createIndex("removals_by_age").on("removals").column("at").execute();
}

/** One row for each key of metadata, so that a filter finds the newest of a tag without looking at other processes. */
async function createTags(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable("process_tags")
    .addColumn("process_id", "text", (column) => column.notNull().references("processes.id").onDelete("cascade"))
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("value", "text", (column) => column.notNull())
    .addColumn("head", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("process_tags_key", ["process_id", "key"])
    .execute();
  await db.schema
    .createIndex("process_tags_by_value")
    .on("process_tags")
    .columns(["key", "head", "created_at", "process_id"])
    .execute();
  await fillTags(db);
}
