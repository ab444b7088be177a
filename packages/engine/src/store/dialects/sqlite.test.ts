import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Filter } from "@optio/contract";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  aDecision,
  aMessage,
  anOwner,
  aProcess,
  claimAgain,
  claimed,
  endRun,
  logged,
  upTo,
} from "../../testing/store/fixtures.ts";
import { openStore } from "../open-store.ts";
import type { Store } from "../store.ts";
import { connectSqlite } from "./sqlite.ts";

describe("a SQLite store", () => {
  let directory = "";
  let path = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "optio-sqlite-"));
    path = join(directory, "home", "optio.db");
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test("is readable by its owner alone, with all its files, also when it was not before", async () => {
    for (const mode of [0o600, 0o644]) {
      if (mode === 0o644) await chmod(path, mode);
      const store = await openStore({ sqlite: path });
      await store.putMeta("a", "b");
      const files = await readdir(join(directory, "home"));
      expect(files.sort()).toEqual(["optio.db", "optio.db-shm", "optio.db-wal"]);
      for (const file of files) expect((await stat(join(directory, "home", file))).mode & 0o777, file).toBe(0o600);
      await store.close();
    }
    expect((await stat(join(directory, "home"))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(directory, "home"))).toEqual(["optio.db"]);
  });

  test("waits for the disk at every commit", async () => {
    const pragmas = vi.spyOn(Database.prototype, "pragma");
    const store = await openStore({ sqlite: path });
    const asked = pragmas.mock.calls.map(([text]) => text);
    pragmas.mockRestore();
    await store.close();
    expect(asked).toEqual(expect.arrayContaining(["journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"]));
  });

  test("waits, without stopping its OS process, for another that writes the same file, and fails in time", async () => {
    await (await openStore({ sqlite: path })).close();
    const other = new Database(path);
    other.exec("begin immediate");
    const { writer } = connectSqlite(path, { busyTimeoutMs: 1 });
    const begin = () => writer.transaction().execute(async () => "began");
    await expect(begin()).rejects.toMatchObject({ code: "SQLITE_BUSY" });
    await writer.destroy();
    const store = await Promise.all([
      openStore({ sqlite: path }),
      new Promise(setImmediate).then(() => other.exec("commit")),
    ]);
    await store[0].putMeta("a", "b");
    await store[0].close();
    other.close();
  });

  test("opened twice in one OS process takes the writes of both", async () => {
    const stores = [await openStore({ sqlite: path }), await openStore({ sqlite: path })] as const;
    const keys = [await claimed(stores[0], "p"), await claimed(stores[1], "q")] as const;
    const writes = upTo(40).map((n) => {
      const side = n % 2 === 0 ? 0 : 1;
      return stores[side].asOwner(keys[side], async (tx) => {
        await new Promise(setImmediate);
        return tx.append(logged(`${n}`));
      });
    });
    expect(await Promise.all(writes)).toHaveLength(40);
    const changed = await stores[0].processes.changedSince(0, 10);
    expect(changed.map((record) => [record.id, record.headSeq])).toEqual([
      ["p", 21],
      ["q", 21],
    ]);
    await Promise.all(stores.map((store) => store.close()));
  });

  test.each([
    ["is no database", "not a database, but long enough to look at: ".repeat(50)],
    ["is a directory", undefined],
  ])("that %s is refused", async (_why, content) => {
    if (content === undefined) path = directory;
    else {
      path = join(directory, "other.db");
      await writeFile(path, content);
    }
    await expect(openStore({ sqlite: path })).rejects.toMatchObject({ code: "store-failed" });
  });

  test("scans no table in any statement, and sorts no page", async () => {
    const prepare = vi.spyOn(Database.prototype, "prepare");
    const store = await openStore({ sqlite: path });
    prepare.mockClear();
    await useEverything(store);
    const statements = new Set(prepare.mock.calls.map(([text]) => text));
    prepare.mockRestore();
    await store.close();
    const plans = explain([...statements].filter((text) => /^(select|update|delete|insert)/.test(text)));
    expect(plans.length).toBeGreaterThan(40);
    expect(plans.filter(({ steps }) => steps.some((step) => /^SCAN (?!.*USING)/.test(step)))).toEqual([]);
    const pages = plans.filter(({ text }) => /^select .* limit/.test(text));
    expect(pages.length).toBeGreaterThan(10);
    expect(pages.filter(({ steps }) => steps.some((step) => /TEMP B-TREE/.test(step)))).toEqual([]);
    const paged = (part: string) => plans.find(({ text }) => text.includes(part))?.steps;
    expect(paged(`from "events" where "process_id" = ? and "seq" > ?`)).toEqual([
      "SEARCH events USING INDEX sqlite_autoindex_events_1 (process_id=? AND seq>?)",
    ]);
    expect(paged(`from "logs" where "process_id" = ? and "seq" > ?`)).toEqual([
      "SEARCH logs USING INDEX sqlite_autoindex_logs_1 (process_id=? AND seq>?)",
    ]);
    const graver = paged(`"seq" < ? and "level" = ? union all`);
    expect(graver?.filter((step) => step.startsWith("SEARCH"))).toEqual(
      Array.from({ length: 3 }, () => "SEARCH logs USING INDEX logs_by_level (process_id=? AND level=? AND seq<?)"),
    );
  });

  function explain(statements: readonly string[]): { text: string; steps: string[] }[] {
    const database = new Database(path, { readonly: true });
    const plans = statements.map((text) => {
      const nulls = Array.from({ length: text.split("?").length - 1 }, () => null);
      const rows = database.prepare<null[], { detail: string }>(`explain query plan ${text}`).all(...nulls);
      return {
        text,
        steps: rows
          .map((row) => row.detail)
          .filter((step) => !/^SCAN (CONSTANT ROW|.* VALUES CLAUSE|below|counted)$/.test(step)),
      };
    });
    database.close();
    return plans;
  }
});

/** Calls every method of a store, so that every statement it has is prepared. */
async function useEverything(store: Store): Promise<void> {
  const key = await claimed(store, "p");
  await store.asOwner(key, async (tx) => {
    await tx.append(logged("a"));
    await tx.patch({ progress: null });
    await tx.putMessage(aMessage("m"));
    await tx.setMessage("m", { state: "sending" });
    await Promise.all([tx.unsentMessages(), tx.findMessage("m"), tx.messagesOfTurn("u"), tx.removeMessage("x")]);
    await tx.openTurn("t", "u");
    await Promise.all([tx.findTurn("t", "u"), tx.openTurns("t"), tx.closeTurn("t", "u", "completed")]);
    await tx.openItem({ threadId: "t", turnId: "u", itemId: "i", kind: "plan", startedSeq: 2 });
    await Promise.all([tx.findItem("t", "i"), tx.openItems("t"), tx.openItems("t", "u"), tx.completeItem("t", "i")]);
    await tx.putDecision(aDecision(key, "d"));
    await Promise.all([tx.findDecision("d"), tx.findDecisionByKey("a", "b"), tx.pendingDecisions()]);
    await tx.putManifest(1);
  });
  await endRun(store, key);
  const again = await claimAgain(store, "p");
  await store.processes.takeOver("p", again, anOwner(3));
  await store.processes.renewLeases(anOwner(3));
  await store.processes.setStateUnowned(again, ["idle"], "idle", {});
  await readEverything(store);
  await useKept(store);
  await useRecords(store);
  await useTokens(store);
}

async function readEverything({ processes, events, logs, decisions, messages, manifests }: Store): Promise<void> {
  await processes.insert(aProcess("q", { parent: "p" }));
  await Promise.all([processes.find("p"), processes.changedSince(0, 1), processes.listActive()]);
  const next = (await processes.list({ limit: 1 })).next ?? "";
  for (const cursor of [{}, { cursor: next }]) {
    for (const filter of [
      {},
      { state: "idle" } as const,
      { parent: "p" },
      { q: "a" },
      { state: "idle", q: "a" } as const,
    ]) {
      await processes.list({ limit: 1, ...filter, ...cursor });
    }
    for (const filter of [
      {},
      { processId: "p" },
      { state: "pending", processId: "p" } as const,
      { state: "pending" } as const,
    ]) {
      await decisions.list({ limit: 1, ...filter, ...cursor });
    }
  }
  await Promise.all([events.list("p", { limit: 1 }), events.list("p", { after: 1, limit: 1 })]);
  await Promise.all([events.list("p", { before: 9, limit: 1 }), events.list("p", { after: 1, before: 9, limit: 1 })]);
  await Promise.all([events.openItems("p", "t"), logs.list("p", { limit: 1 })]);
  await logs.list("p", { before: 9, level: "info", run: 1, q: "x", limit: 1 });
  await Promise.all([decisions.find("d"), decisions.countPending(), messages.unsent("p", 1)]);
  await Promise.all([manifests.find("p"), manifests.find("p", 1)]);
  await manifests.remove("p");
}

/** Blobs and retention: a process with a run, lines, items and a manifest to drop, and with more than may go at once. */
async function useKept(store: Store): Promise<void> {
  const key = await claimed(store, "kept");
  await store.asOwner(key, async (tx) => {
    for (const text of ["a", "b", "c"]) await tx.append(logged(text));
    await tx.openTurn("t", "u");
    await tx.openItem({ threadId: "t", turnId: "u", itemId: "i", kind: "plan", startedSeq: 2 });
    await tx.putManifest({ threadId: "t" });
    await tx.putBlob({ name: "n", hash: "h", sizeBytes: 1, createdAt: 1 });
    await tx.removeBlob("n");
  });
  await endRun(store, key);
  await store.asOwner(await claimAgain(store, "kept"), (tx) => tx.putManifest({ threadId: "other" }));
  await Promise.all([store.blobs.find("kept", "n"), store.blobs.list("kept"), store.blobs.unused(["h"])]);
  const limits = { keepRuns: 1, maxLines: 1, batch: 1 };
  for (let after: string | null = ""; after !== null; )
    after = (await store.retention.compact({ ...limits, after })).next;
  expect(await store.manifests.find("kept", 1)).toBeUndefined();
}

/** Statements over trees, filters, schedules and blocks, which change records. */
async function useRecords({ processes, blocks }: Store): Promise<void> {
  const schedule = { cron: "* * * * *", timeZone: "UTC", misfire: "skip" } as const;
  await processes.define(aProcess("d", { adhoc: false }));
  await processes.define(aProcess("d", { adhoc: false, schedule, metadata: { size: 1 } }));
  await Promise.all([processes.listScheduled(), processes.takeFire("d", null, 5), processes.takeFire("d", 5, null)]);
  await Promise.all([processes.listStamped(), processes.takeStamp("d"), processes.countByState()]);
  await processes.insert(aProcess("d.a", { parent: "d" }));
  await processes.insert(aProcess("d.a.b", { parent: "d.a" }));
  for (const id of ["d", "d.a"]) {
    const cursor = (await processes.tree(id, { limit: 1 })).next ?? "";
    await processes.tree(id, { limit: 1, cursor });
  }
  const next = (await processes.list({ limit: 1 })).next ?? "";
  for (const filter of FILTERS) {
    await Promise.all([processes.list({ filter, limit: 1 }), processes.list({ filter, limit: 1, cursor: next })]);
    await processes.listActive(filter);
  }
  await Promise.all([processes.children("d"), processes.expired(1, 1), processes.removedSince(0, 1)]);
  await processes.removeDescendants("d.a");
  await processes.remove(["d"]);
  const block = { id: "b", filter: { id: "x" }, reason: null, createdAt: 1 };
  await blocks.put(block);
  await Promise.all([blocks.list(), blocks.remove({ filter: block.filter }), blocks.remove({ id: "b" })]);
}

const FILTERS: readonly Filter[] = [
  { "metadata.team": "blue" },
  { "metadata.team": "blue", "metadata.size": { gt: 1 }, state: "idle" },
  { "metadata.team": { in: ["blue", "red"] } },
  { "metadata.team": { ne: "blue" }, "metadata.size": { exists: true } },
  { state: "idle" },
  { state: { in: ["idle", "done"] } },
  { parent: "d" },
  { root: "d" },
  { id: "d" },
  { or: [{ agent: "a" }, { scheduled: true, run: { gte: 1 } }] },
];

async function useTokens(store: Store): Promise<void> {
  const { tokens, idempotency } = store;
  const token = { id: "k", name: "n", role: "admin", hash: "h", createdAt: 1, lastUsedAt: null } as const;
  await tokens.insert(token);
  await tokens.insert({ ...token, id: "k2", hash: "h2" });
  const next = (await tokens.list({ limit: 1 })).next ?? "";
  await tokens.list({ limit: 1, cursor: next });
  await Promise.all([tokens.find("k"), tokens.findByHash("h"), tokens.count(), tokens.markUsed("k", 1)]);
  await tokens.putLoginCode({ hash: "c", tokenId: "k", expiresAt: 1 });
  await tokens.takeLoginCode("c", 1);
  await tokens.putNamed({ ...token, hash: "new" });
  await tokens.remove("k");
  const entry = { key: "k", principal: "t", fingerprint: "f", now: 1 };
  await idempotency.begin(entry);
  await idempotency.begin(entry);
  await idempotency.finish({ ...entry, status: 1, body: "" });
  await idempotency.abandon(entry);
  await store.putMeta("a", "b");
  await store.getMeta("a");
}
