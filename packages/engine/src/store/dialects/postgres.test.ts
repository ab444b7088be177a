import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Logger } from "../../kernel/logger.ts";
import { silentLogger } from "../../kernel/logger.ts";
import type { PostgresServer } from "../../testing/postgres/start-postgres.ts";
import { startPostgres } from "../../testing/postgres/start-postgres.ts";
import { crashWriterPath } from "../../testing/store/crash-writer.ts";
import { aProcess, claimed, collectNotices, logged, upTo } from "../../testing/store/fixtures.ts";
import { openStore } from "../open-store.ts";
import { createPostgresDatabase } from "../postgres.test-support.ts";
import type { CommitNotice, Store } from "../store.ts";
import { connectPostgres } from "./postgres.ts";

const SLOW_MS = 120_000;

describe("two stores on one PostgreSQL database", () => {
  test("hear of each other's commits, in order, without the events, and of removals", async () => {
    await using room = await openTwo();
    const key = await claimed(room.one, "p");
    await room.one.asOwner(key, (tx) => tx.append(logged("a")));
    const heard = await heardOf(room.other, room.one, async () => {
      const last = await claimed(room.one, "q");
      await room.one.asOwner(key, (tx) => tx.patch({ progress: { percent: 5 } }));
      await room.one.asOwner(last, (tx) => tx.append(logged("b")));
      await room.one.asOwner(last, async (tx) => void (await tx.setState(["scheduled"], "failed", {})));
      await room.one.processes.remove(["q"]);
    });
    expect(heard.every((notice) => notice.remote === true && notice.envelopes.length === 0)).toBe(true);
    expect(heard.map((notice) => [notice.processId, notice.removed ?? false])).toEqual([
      ["q", false],
      ["q", false],
      ["p", false],
      ["q", false],
      ["q", false],
      ["q", true],
    ]);
    const changes = heard.map((notice) => notice.changeId);
    expect(changes[3]).toBeNull();
    const numbers = changes.filter((change) => change !== null);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    expect(new Set(numbers).size).toBe(5);
  });

  test("hear of their own commits once, and not as remote ones", async () => {
    await using room = await openTwo();
    using own = collectNotices(room.one);
    await claimed(room.one, "p");
    await heardOf(room.one, room.other, () => claimed(room.other, "q"));
    expect(own.notices.filter((notice) => notice.processId === "p").map((notice) => notice.remote)).toEqual([
      undefined,
      undefined,
    ]);
  });

  test("refuse the owner that lost its run to the other", async () => {
    await using room = await openTwo();
    const key = await claimed(room.one, "p");
    const taken = await room.other.processes.takeOver("p", key, {
      machineId: "other",
      bootId: "b",
      pid: 1,
      startTime: "1",
      leaseUntil: 5,
    });
    expect(taken?.epoch).toBe(key.epoch + 1);
    await expect(room.one.asOwner(key, (tx) => tx.append(logged("x")))).rejects.toMatchObject({ code: "stale-owner" });
  });

  test("writing at once get change ids in the order of their commits, and neither waits for the other forever", async () => {
    await using room = await openTwo();
    const keys = [await claimed(room.one, "p"), await claimed(room.other, "q")] as const;
    using heard = collectNotices(room.other);
    await Promise.all(
      upTo(60).map((n) => {
        const side = n % 2;
        const store = side === 0 ? room.one : room.other;
        return store.asOwner(keys[side === 0 ? 0 : 1], (tx) => tx.patch({ progress: { percent: n } }));
      }),
    );
    await untilHeard(room.other, room.one, "end");
    const remote = heard.notices.filter((notice) => notice.remote).map((notice) => notice.changeId ?? 0);
    expect(remote.length).toBeGreaterThanOrEqual(31);
    expect(remote).toEqual([...remote].sort((a, b) => a - b));
    expect(await room.one.processes.lastChange()).toBe(65);
  });
});

describe("a PostgreSQL store", () => {
  test("compares and orders every text by code points, whatever the database's language", async () => {
    await using database = await createPostgresDatabase("template0");
    await (await openStore({ postgres: database.url })).close();
    const { writer } = connectPostgres(database.url);
    const { rows } = await sql<{ table_name: string; collation_name: string | null; n: number }>`
      select table_name, collation_name, count(*) as n from information_schema.columns
      where table_schema = 'public' and data_type = 'text' group by 1, 2`.execute(writer);
    const { rows: language } = await sql<{ is: boolean }>`select 'a' < 'B' as is`.execute(writer);
    await writer.destroy();
    expect(language).toEqual([{ is: true }]);
    expect(rows.length).toBeGreaterThan(14);
    expect(rows.filter(({ collation_name }) => collation_name !== "C")).toEqual([]);
  });

  test("is migrated once when many open an empty database at the same time", async () => {
    await using database = await createPostgresDatabase("template0");
    const stores = await Promise.all(upTo(4).map(() => openStore({ postgres: database.url })));
    await stores[0]?.processes.insert(aProcess("seen"));
    for (const store of stores) expect(await store.processes.find("seen")).toMatchObject({ id: "seen" });
    await Promise.all(stores.map((store) => store.close()));
  });

  test.each([
    "mysql://person:Sesame9@host/db",
    "postgres//person:Sesame9@host",
    "postgres://person:Sesame9@[bad/db",
    "Sesame9",
  ])("refuses a url that is none of PostgreSQL's without repeating it", async (postgres) => {
    const error = await openStore({ postgres }).catch((refusal: unknown) => refusal);
    expect(error).toMatchObject({ code: "store-failed", message: expect.stringContaining("postgres://") });
    expect(JSON.stringify(describeWhole(error))).not.toContain("Sesame9");
  });

  test("says who refused, never the password, when there is no server or it does not answer", async () => {
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = Object(silent.address());
    for (const [url, timeouts] of [
      ["postgres://person:Sesame9@127.0.0.1:1/db", {}],
      [`postgres://person:Sesame9@127.0.0.1:${port}/db`, { connectMs: 20 }],
    ] as const) {
      const { writer, isDatabaseError } = connectPostgres(url, { timeouts });
      const error = await sql`select 1`.execute(writer).catch((refusal: unknown) => refusal);
      expect(isDatabaseError(error)).toBe(true);
      expect(JSON.stringify(describeWhole(error))).not.toContain("Sesame9");
      await writer.destroy();
    }
    silent.close();
  });

  test("gives up a statement that the server does not finish in time, and goes on", async () => {
    await using database = await createPostgresDatabase();
    const { writer, isDatabaseError } = connectPostgres(database.url, { timeouts: { statementMs: 50 } });
    const error = await sql`select pg_sleep(60)`.execute(writer).catch((refusal: unknown) => refusal);
    expect(isDatabaseError(error)).toBe(true);
    expect((await sql`select 1`.execute(writer)).rows).toHaveLength(1);
    await writer.destroy();
  });

  test("keeps text with NUL and the character that stands for it", async () => {
    await using database = await createPostgresDatabase();
    const store = await openStore({ postgres: database.url });
    const values = ["\0", "a\0b\0", "\u{F8F0}", "\u{F8F0}0\0", "\u{F8F0}1", "plain"];
    for (const value of values) await store.putMeta(`key ${value}`, value);
    for (const value of values) expect(await store.getMeta(`key ${value}`)).toBe(value);
    await store.close();
  });
});

describe("a PostgreSQL server that goes away", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ durable: true });
  }, SLOW_MS);
  afterAll(() => server.stop());

  test("fails reads and writes with `store-failed`, and both work again when it is back", {
    timeout: SLOW_MS,
  }, async () => {
    const warnings: string[] = [];
    const store = await openStore({ postgres: server.url }, { logger: collecting(warnings) });
    const key = await claimed(store, "away");
    await server.halt();
    for (const _ of upTo(5)) {
      await expect(store.processes.find("away")).rejects.toMatchObject({ code: "store-failed" });
      await expect(store.asOwner(key, (tx) => tx.append(logged("x")))).rejects.toMatchObject({ code: "store-failed" });
    }
    await server.restart();
    await expect.poll(() => store.processes.find("away").catch(() => undefined)).toMatchObject({ id: "away" });
    await store.asOwner(key, (tx) => tx.append(logged("back")));
    expect(await store.logs.list("away", { limit: 9 })).toMatchObject({ items: [{ message: "back" }] });
    await store.close();
    expect(warnings).toHaveLength(1);
  });

  test("and comes back has every listener look again at all it may have missed", { timeout: SLOW_MS }, async () => {
    const [one, other] = [await openStore({ postgres: server.url }), await openStore({ postgres: server.url })];
    const active = await claimed(one, "active");
    await one.processes.insert(aProcess("gone"));
    using missed = collectNotices(other);
    await server.halt();
    await server.restart();
    await expect.poll(() => one.processes.insert(aProcess("new")).catch(() => undefined)).toMatchObject({ id: "new" });
    await one.asOwner(active, (tx) => tx.append(logged("no change of the record")));
    await one.processes.remove(["gone"]);
    await expect
      .poll(() => missed.notices.map((notice) => notice.processId))
      .toEqual(expect.arrayContaining(["active", "new", "gone"]));
    expect(missed.notices.every((notice) => notice.remote)).toBe(true);
    await Promise.all([one.close(), other.close()]);
  });

  test("by a SIGKILL keeps every commit that was acknowledged", { timeout: SLOW_MS }, async () => {
    const writer = spawn(process.execPath, [crashWriterPath, JSON.stringify({ postgres: server.url })], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    let acknowledged = 0;
    let killing: Promise<void> | undefined;
    for await (const line of createInterface(writer.stdout)) {
      acknowledged = Number(line);
      if (acknowledged >= 100) killing ??= server.kill();
    }
    await killing;
    await server.restart();
    const store = await openStore({ postgres: server.url });
    const events = await store.events.list("crash", { limit: 10_000 });
    expect(acknowledged).toBeGreaterThanOrEqual(100);
    expect(events.length).toBeGreaterThanOrEqual(acknowledged);
    expect(events.map((envelope) => envelope.seq)).toEqual(upTo(events.length));
    expect((await store.processes.find("crash"))?.headSeq).toBe(events.length);
    await store.asOwner(await keyOf(store, "crash"), (tx) => tx.append(logged("goes on")));
    await store.close();
  });
});

interface Two extends AsyncDisposable {
  readonly one: Store;
  readonly other: Store;
}

/** Two stores as of two OS processes: nothing but the database is between them. */
async function openTwo(): Promise<Two> {
  const database = await createPostgresDatabase();
  const [one, other] = [await openStore({ postgres: database.url }), await openStore({ postgres: database.url })];
  return {
    one,
    other,
    async [Symbol.asyncDispose]() {
      await Promise.all([one.close(), other.close()]);
      await database[Symbol.asyncDispose]();
    },
  };
}

/** The remote notices that a store hears of what the work commits through the other one. */
async function heardOf(listener: Store, teller: Store, work: () => Promise<unknown>): Promise<CommitNotice[]> {
  await untilHeard(listener, teller, "before");
  using heard = collectNotices(listener);
  await work();
  await untilHeard(listener, teller, "after");
  return heard.notices.filter((notice) => notice.remote && notice.processId !== "after");
}

/** Commits last of all, and waits until that is heard: notices come in order. */
async function untilHeard(listener: Store, teller: Store, id: string): Promise<void> {
  const heard = Promise.withResolvers<void>();
  using _ = listener.onCommit(({ processId }) => {
    if (processId === id) heard.resolve();
  });
  await teller.processes.insert(aProcess(id));
  await heard.promise;
}

async function keyOf(store: Store, id: string) {
  const record = await store.processes.find(id);
  if (!record) throw new Error(`no ${id}`);
  return { processId: id, run: record.run, epoch: record.epoch };
}

function collecting(warnings: string[]): Logger {
  return { ...silentLogger, warn: (_, message) => void warnings.push(message) };
}

/** An error with its causes and hidden fields. */
function describeWhole(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const fields = Object.getOwnPropertyNames(error).map((name) => [name, Reflect.get(error, name)]);
  return { ...Object.fromEntries(fields), cause: describeWhole(error.cause) };
}
