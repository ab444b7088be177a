import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Transaction } from "kysely";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { DialectConnections } from "./dialects/dialect.ts";
import { connectSqlite } from "./dialects/sqlite.ts";
import { GroupedWrites } from "./grouped-writes.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import type { Schema } from "./schema.ts";

let directory: string;
let connections: DialectConnections;
let writes: GroupedWrites;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "optio-writes-"));
  connections = connectSqlite(join(directory, "optio.db"));
  await migrate(connections.writer, MIGRATIONS);
  writes = new GroupedWrites(connections.writer, { maxGroupMs: 60_000 });
});
afterEach(async () => {
  await connections.writer.destroy();
  await rm(directory, { recursive: true });
});

const put = (key: string) => (transaction: Transaction<Schema>) =>
  transaction.insertInto("meta").values({ key, value: "v" }).execute();
const nothing = () => undefined;
const keys = async () => (await connections.writer.selectFrom("meta").select("key").execute()).map(({ key }) => key);

test("those that wait share a commit, and settle in the order of the calls", async () => {
  const commits = vi.spyOn(connections.writer, "transaction");
  const order: string[] = [];
  const letters = ["a", "b", "c", "d"];
  await Promise.all(letters.map((key) => writes.run(put(key), () => void order.push(key))));
  expect(order).toEqual(letters);
  expect((await keys()).sort()).toEqual(letters);
  expect(commits).toHaveBeenCalledTimes(1);
});

test("one that fails takes back what it wrote, whatever its neighbours wrote", async () => {
  const failing = async (transaction: Transaction<Schema>) => {
    await put("lost")(transaction);
    throw new Error("no");
  };
  const results = await Promise.allSettled([
    writes.run(put("a"), nothing),
    writes.run(failing, nothing),
    writes.run(put("b"), nothing),
    writes.run(failing, nothing),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected"]);
  expect((await keys()).sort()).toEqual(["a", "b"]);
});

test("one that fails alone writes nothing and does not stop the next", async () => {
  await expect(writes.run(() => Promise.reject(new Error("no")), nothing)).rejects.toThrow("no");
  await writes.run(put("a"), nothing);
  expect(await keys()).toEqual(["a"]);
});

test("nothing is told before the commit is durable; a commit that fails fails all that share it", async () => {
  const told: string[] = [];
  const real = connections.writer.transaction();
  vi.spyOn(connections.writer, "transaction").mockReturnValueOnce({
    execute: async (work: (transaction: unknown) => Promise<unknown>) => {
      await real.execute(work);
      throw new Error("the disk is full");
    },
  } as never);
  const shared = [writes.run(put("a"), () => void told.push("a")), writes.run(put("b"), () => void told.push("b"))];
  await expect(shared[0]).rejects.toThrow("the disk is full");
  await expect(shared[1]).rejects.toThrow("the disk is full");
  expect(told).toEqual([]);
});

test("resolves idle once all that was asked for has settled", async () => {
  const last = writes.run(put("a"), nothing);
  await writes.idle();
  await last;
  await writes.idle();
});
