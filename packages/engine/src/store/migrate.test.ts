import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { Migration } from "kysely/migration";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aProcess } from "../testing/store/fixtures.ts";
import { connectSqlite } from "./dialects/sqlite.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import { openStore } from "./open-store.ts";

const later: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`create table later (id integer)`.execute(db);
    await sql`alter table processes add column colour text`.execute(db);
  },
};
const broken: Migration = {
  up: async (db: Kysely<unknown>) => {
    await sql`create table half (id integer)`.execute(db);
    await sql`create table processes (id integer)`.execute(db);
  },
};

describe("migrations", () => {
  let directory = "";
  let path = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "optio-migrate-"));
    path = join(directory, "optio.db");
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function migrateFile(migrations: Readonly<Record<string, Migration>>): Promise<void> {
    const { writer } = connectSqlite(path);
    try {
      await migrate(writer, migrations);
    } finally {
      await writer.destroy();
    }
  }

  async function tablesOf(): Promise<string[]> {
    const { writer } = connectSqlite(path);
    const tables = await writer.introspection.getTables();
    await writer.destroy();
    return tables.map((table) => table.name);
  }

  test("are numbered, and sort in the order they are written in", () => {
    const names = Object.keys(MIGRATIONS);
    expect(names.every((name) => /^\d{4}-[a-z-]+$/.test(name))).toBe(true);
    expect([...names].sort()).toEqual(names);
  });

  test("bring an older database, with what is in it, to the newest version", async () => {
    const store = await openStore({ sqlite: path });
    await store.processes.insert(aProcess("kept"));
    await store.close();
    await migrateFile({ ...MIGRATIONS, "9000-later": later });
    expect(await tablesOf()).toContain("later");
    const { writer } = connectSqlite(path);
    const { rows } = await sql<{ id: string; colour: null }>`select id, colour from processes`.execute(writer);
    await writer.destroy();
    expect(rows).toEqual([{ id: "kept", colour: null }]);
  });

  test("refuse a database of a newer version, naming both, and leave it alone", async () => {
    await migrateFile({ ...MIGRATIONS, "9000-later": later });
    const newest = Object.keys(MIGRATIONS).at(-1) ?? "";
    const refusal = openStore({ sqlite: path });
    await expect(refusal).rejects.toMatchObject({ code: "store-failed" });
    await expect(refusal).rejects.toThrow(/9000-later/);
    await expect(refusal).rejects.toThrow(newest);
    await migrateFile({ ...MIGRATIONS, "9000-later": later });
  });

  test("that fail leave nothing of theirs behind", async () => {
    await migrateFile(MIGRATIONS);
    const before = await tablesOf();
    const failing = migrateFile({ ...MIGRATIONS, "9000-later": later, "9001-broken": broken });
    await expect(failing).rejects.toMatchObject({
      code: "store-failed",
      message: expect.stringContaining("processes"),
    });
    expect(await tablesOf()).toEqual(before);
  });

  test("run once when a database is opened many times at once", async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => openStore({ sqlite: path })));
    await stores[0]?.processes.insert(aProcess("seen"));
    for (const store of stores) expect(await store.processes.find("seen")).toMatchObject({ id: "seen" });
    await Promise.all(stores.map((store) => store.close()));
  });
});
