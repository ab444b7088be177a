import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { EventOf } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { upTo } from "../../testing/store/fixtures.ts";
import type { DialectConnections } from "../dialects/dialect.ts";
import { connectPostgres } from "../dialects/postgres.ts";
import { connectSqlite } from "../dialects/sqlite.ts";
import { migrate } from "../migrate.ts";
import type { StoreLocation } from "../open-store.ts";
import { openStore } from "../open-store.ts";
import { createPostgresDatabase } from "../postgres.test-support.ts";
import { first } from "./0001-first.ts";

/** An empty database of a kind, without a schema. */
interface EmptyDatabase extends AsyncDisposable {
  readonly location: StoreLocation;
  connect(): DialectConnections;
}

async function emptySqlite(): Promise<EmptyDatabase> {
  const directory = await mkdtemp("/var/tmp/optio-move-");
  const path = join(directory, "optio.db");
  return {
    location: { sqlite: path },
    connect: () => connectSqlite(path),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

async function emptyPostgres(): Promise<EmptyDatabase> {
  const database = await createPostgresDatabase("template0");
  return {
    location: { postgres: database.url },
    connect: () => connectPostgres(database.url),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

/** An event as the first version stored it: text and all. */
interface OldEvent {
  readonly processId: string;
  readonly seq: number;
  readonly run: number;
  readonly event: { readonly type: string };
}

/** Makes a database of the first version, with processes and their events. */
async function writeOld(database: EmptyDatabase, ids: readonly string[], events: readonly OldEvent[]): Promise<void> {
  const { writer } = database.connect();
  try {
    await migrate(writer, { "0001-first": first });
    const old = writer.withTables<{ processes: Record<string, unknown> }>();
    for (const id of ids) {
      const headSeq = events.filter((event) => event.processId === id).length;
      await old.insertInto("processes").values(oldProcess(id, headSeq)).execute();
    }
    for (let from = 0; from < events.length; from += 500) {
      const rows = events.slice(from, from + 500).map(({ processId, seq, run, event }) => ({
        process_id: processId,
        seq,
        at: 1_000 + seq,
        run,
        type: event.type,
        event: JSON.stringify(event),
      }));
      await writer.insertInto("events").values(rows).execute();
    }
  } finally {
    await writer.destroy();
  }
}

function oldProcess(id: string, headSeq: number): Record<string, unknown> {
  const texts = { id, kind: "task", name: id, metadata: "{}", search: id, state: "failed" };
  const flags = { adhoc: 0, cancellable: 1, supports_resume: 0, has_saved_state: 0 };
  const counts = { pending_decisions: 0, queued: 0, change_id: 0, created_at: 1_000 };
  return { ...texts, ...flags, ...counts, run: 2, epoch: 2, head_seq: headSeq };
}

/** Events of a process in which every third is no line. */
function oldEvents(processId: string, count: number): OldEvent[] {
  return upTo(count).map((seq) => ({
    processId,
    seq,
    run: seq > count / 2 ? 2 : 1,
    event:
      seq % 3 === 0
        ? { type: "session.adopted" }
        : ({
            type: "process.logged",
            level: seq % 2 === 0 ? "error" : "info",
            message: `line at ${seq} "ä"\n`,
            ...(seq % 5 === 0 && { data: { seq } }),
          } satisfies EventOf<"process.logged">),
  }));
}

describe.each([
  ["SQLite", emptySqlite],
  ["PostgreSQL", emptyPostgres],
] as const)("a database of the first version on %s", (_, openEmpty) => {
  test("keeps every event as it was, its log lines in a table of their own", async () => {
    await using database = await openEmpty();
    const events = [...oldEvents("a", 40), ...oldEvents("b", 1_600)];
    await writeOld(database, ["a", "b", "silent"], events);
    await using store = await openForDisposal(database.location);
    for (const id of ["a", "b", "silent"]) {
      const before = events.filter((event) => event.processId === id);
      const after = await store.events.list(id, { limit: 5_000 });
      const ofBefore = before.map(({ seq, run, event }) => ({
        seq,
        run,
        at: new Date(1_000 + seq).toISOString(),
        event,
      }));
      expect(after).toEqual(ofBefore);
      const lines = ofBefore.filter(({ event }) => event.type === "process.logged");
      const page = await store.logs.list(id, { limit: 5_000 });
      expect(page.items.map(({ at, run, message }) => [at, run, message])).toEqual(
        lines.map(({ at, run, event }) => [at, run, "message" in event ? event.message : ""]),
      );
      expect(page.items.map((line) => line.seq)).toEqual(upTo(lines.length));
      expect(await store.processes.find(id)).toMatchObject({ logHead: lines.length, firstSeq: 1 });
    }
  });

  test("has lines whose text no database can hold, mended", async () => {
    await using database = await openEmpty();
    const event = { type: "process.logged", level: "info", message: "a\0b\uD800" };
    await writeOld(database, ["a"], [{ processId: "a", seq: 1, run: 1, event }]);
    await using store = await openForDisposal(database.location);
    expect(await store.logs.list("a", { limit: 5 })).toMatchObject({ items: [{ message: "a\uFFFDb\uFFFD" }] });
  });
});

async function openForDisposal(location: StoreLocation) {
  const store = await openStore(location);
  return { ...store, [Symbol.asyncDispose]: () => store.close() };
}
