import type { LogLevel, LogLine, OptioEvent } from "@optio/contract";
import { LOG_LEVELS } from "@optio/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { OwnerKey, Store } from "../../store/store.ts";
import type { OpenForTest } from "./fixtures.ts";
import { claimAgain, claimed, collectNotices, endRun, logged, upTo } from "./fixtures.ts";

type LogQuery = Omit<Parameters<Store["logs"]["list"]>[1], "limit">;

/** Log lines: numbered, paged both ways, filtered. */
export function testLogs(openForTest: OpenForTest): void {
  test("lines have numbers of their own, without gaps, whatever events are between", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await store.asOwner(key, async (tx) => {
      await tx.append(logged("one"));
      await tx.append({ type: "session.adopted" });
      await tx.append({ type: "process.logged", level: "error", message: "two", data: { n: [2, null] } });
    });
    await store.asOwner(key, (tx) => tx.append({ ...logged("three"), data: null } as OptioEvent));
    const { items } = await store.logs.list("p", { limit: 10 });
    expect(items).toEqual([
      { seq: 1, at: items[0]?.at, run: 1, level: "info", message: "one" },
      { seq: 2, at: items[1]?.at, run: 1, level: "error", message: "two", data: { n: [2, null] } },
      { seq: 3, at: items[2]?.at, run: 1, level: "info", message: "three", data: null },
    ]);
    expect(await store.processes.find("p")).toMatchObject({ logHead: 3, headSeq: 5 });
    expect(await store.logs.list("none", { limit: 10 })).toEqual({ items: [], reached: 0, more: false });
  });

  test("what is logged is an event with the whole line, for listeners and for readers", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    using heard = collectNotices(store);
    await store.asOwner(key, async (tx) => {
      await tx.append(logged("first"));
      await tx.append({ type: "session.adopted" });
      await tx.append({ type: "process.logged", level: "debug", message: "second", data: "d" });
    });
    const stored = await store.events.list("p", { after: 1, limit: 10 });
    expect(stored.map(({ seq, event }) => [seq, event])).toEqual([
      [2, logged("first")],
      [3, { type: "session.adopted" }],
      [4, { type: "process.logged", level: "debug", message: "second", data: "d" }],
    ]);
    expect(heard.notices.at(-1)?.envelopes).toEqual(stored);
    expect(await store.events.list("p", { after: 3, limit: 1 })).toEqual(stored.slice(2));
    expect(await store.events.list("p", { before: 3, limit: 1 })).toEqual(stored.slice(0, 1));
  });

  test("a transaction that fails uses up no number", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    const failing = store.asOwner(key, async (tx) => {
      await tx.append(logged("never"));
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    await store.asOwner(key, (tx) => tx.append(logged("kept")));
    expect(await store.logs.list("p", { limit: 10 })).toMatchObject({ items: [{ seq: 1, message: "kept" }] });
  });

  test("text comes back as the listeners heard it, also where it is none that a database can hold", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), fc.jsonValue(), async (message, data) => {
        const text = message.includes("\0") ? message : `\0${message}\uD800`;
        const envelope = await store.asOwner(key, (tx) =>
          tx.append({ type: "process.logged", level: "info", message: text, data }),
        );
        expect(await store.events.list("p", { after: envelope.seq - 1, limit: 1 })).toEqual([
          JSON.parse(JSON.stringify(envelope)),
        ]);
        const { items } = await store.logs.list("p", { before: Number.MAX_SAFE_INTEGER, limit: 1 });
        expect(items[0]?.message).toBe(text.toWellFormed().replaceAll("\0", "\uFFFD"));
      }),
      { numRuns: 8 },
    );
  });

  test("pages in both directions, by level, run and text, join to what the filter matches", async () => {
    await using under = await openForTest();
    const { store } = under;
    const lines = await writeRuns(store, 3, 20);
    await fc.assert(
      fc.asyncProperty(anyQuery(), fc.integer({ min: 1, max: 70 }), async (query, limit) => {
        const wanted = lines.filter((line) => matches(line, query));
        expect(await joined(store, query, limit, "forwards")).toEqual(wanted);
        expect(await joined(store, query, limit, "backwards")).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });

  test("a page between two lines holds what is between them", async () => {
    await using under = await openForTest();
    const { store } = under;
    const lines = await writeRuns(store, 2, 10);
    const page = await store.logs.list("p", { after: 4, before: 9, limit: 100 });
    expect(page.items).toEqual(lines.slice(4, 8));
    const errors = await store.logs.list("p", { after: 4, before: 13, level: "error", limit: 100 });
    expect(errors.items).toEqual(lines.slice(4, 12).filter((line) => line.level === "error"));
  });

  test("a page that goes on where another ended finds the lines written since", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    const write = (...messages: string[]) => writeLines(store, key, messages.map(logged));
    for (const query of [{}, { level: "info" }, { run: 1 }, { q: "LINE" }] as const) {
      const before = await store.logs.list("p", { ...query, limit: 500 });
      expect(before.more).toBe(false);
      await write("line a", "line b");
      const since = await store.logs.list("p", { ...query, after: before.reached, limit: 500 });
      expect(since.items.map((line) => line.message)).toEqual(["line a", "line b"]);
    }
  });

  test("a search looks at a bounded number of lines a call, and goes on from there", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await writeLines(store, key, [logged("needle one"), ...upTo(12_000).map((n) => logged(`hay ${n}`))]);
    await writeLines(store, key, [logged("Needle TWO")]);
    const first = await store.logs.list("p", { q: "nEEdle", limit: 10 });
    expect(first.items.map((line) => line.message)).toEqual(["needle one"]);
    expect(first.more).toBe(true);
    expect(first.reached).toBeLessThan(12_000);
    const rest = await store.logs.list("p", { q: "needle", after: first.reached, limit: 10 });
    expect([rest.items.map((line) => line.message), rest.more]).toEqual([["Needle TWO"], false]);
    const newest = await store.logs.list("p", { q: "needle one", before: 12_003, limit: 10 });
    expect(newest).toMatchObject({ items: [], more: true });
    const found = await joined(store, { q: "needle" }, 10, "backwards");
    expect(found.map((line) => line.message)).toEqual(["needle one", "Needle TWO"]);
  });

  test("wildcards of a search are plain text", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await writeLines(store, key, [logged("100% of a_b"), logged("1000 of axb"), logged("ÄRGER\\")]);
    const found = async (q: string) => (await store.logs.list("p", { q, limit: 10 })).items.map((line) => line.seq);
    expect(await found("0% OF")).toEqual([1]);
    expect(await found("A_B")).toEqual([1]);
    expect(await found("ärger\\")).toEqual([3]);
    expect(await found("of")).toEqual([1, 2]);
  });
}

async function writeLines(store: Store, key: OwnerKey, events: readonly OptioEvent[]): Promise<void> {
  await store.asOwner(key, async (tx) => {
    for (const event of events) await tx.append(event);
  });
}

/** Runs of one process with lines of all levels; answers with its log. */
async function writeRuns(store: Store, runs: number, linesPerRun: number): Promise<readonly LogLine[]> {
  let key = await claimed(store);
  for (const run of upTo(runs)) {
    await writeLines(
      store,
      key,
      upTo(linesPerRun).map((n) => ({
        type: "process.logged",
        level: LOG_LEVELS[(n * run) % LOG_LEVELS.length] ?? "info",
        message: `Line ${n} of run ${run}`,
      })),
    );
    if (run === runs) break;
    await endRun(store, key);
    key = await claimAgain(store);
  }
  return (await store.logs.list("p", { limit: 1_000 })).items;
}

function anyQuery() {
  return fc.record(
    {
      level: fc.constantFrom<LogLevel>(...LOG_LEVELS),
      run: fc.integer({ min: 1, max: 4 }),
      q: fc.constantFrom("", "line 1", "RUN 2", "7", "none"),
    },
    { requiredKeys: [] },
  );
}

function matches(line: LogLine, { level = "debug", run = line.run, q = "" }: LogQuery): boolean {
  const isGrave = LOG_LEVELS.indexOf(line.level) >= LOG_LEVELS.indexOf(level);
  return isGrave && line.run === run && line.message.toLowerCase().includes(q.toLowerCase());
}

/** All pages of a log, oldest line first. */
async function joined(
  store: Store,
  query: LogQuery,
  limit: number,
  direction: "forwards" | "backwards",
): Promise<LogLine[]> {
  const items: LogLine[] = [];
  const key = direction === "forwards" ? "after" : "before";
  let place = direction === "forwards" ? 0 : Number.MAX_SAFE_INTEGER;
  for (;;) {
    const page = await store.logs.list("p", { ...query, [key]: place, limit });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.splice(direction === "forwards" ? items.length : 0, 0, ...page.items);
    if (!page.more) return items;
    place = page.reached;
  }
}
