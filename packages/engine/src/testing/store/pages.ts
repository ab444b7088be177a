import type { Envelope } from "@optio/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Page, Store } from "../../store/store.ts";
import type { OpenForTest } from "./fixtures.ts";
import { aDecision, aProcess, claimed, logged, upTo } from "./fixtures.ts";

const invalid = { code: "invalid" };

/** Lists, cursors and pages of events. */
export function testPages(openForTest: OpenForTest): void {
  test("processes come newest first, all of them whatever the page size", async () => {
    await using under = await openForTest();
    const { store } = under;
    for (const n of upTo(7)) await store.processes.insert(aProcess(`p${n}`));
    const all = await allPages((cursor) => store.processes.list({ limit: 100, ...cursor }));
    const byAge = [...all].sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
    expect(all).toEqual(byAge);
    expect(all).toHaveLength(7);
    for (const limit of [1, 2, 3, 6, 7, 8]) {
      expect(await allPages((cursor) => store.processes.list({ limit, ...cursor })), `limit ${limit}`).toEqual(all);
    }
  });

  test("processes are found by state, parent and text in any case, wildcards being plain text", async () => {
    await using under = await openForTest();
    const { store } = under;
    await claimed(store, "running-one");
    await store.processes.insert(
      aProcess("child", { parent: "running-one", name: "ÄRGER 100%", description: "It_Matters" }),
    );
    const idsOf = async (query: { state?: "idle" | "scheduled"; q?: string; parent?: string }) =>
      (await store.processes.list({ limit: 10, ...query })).items.map((record) => record.id);
    expect(await idsOf({ state: "scheduled" })).toEqual(["running-one"]);
    expect(await idsOf({ parent: "running-one" })).toEqual(["child"]);
    expect(await idsOf({ q: "NAME OF RUN" })).toEqual(["running-one"]);
    expect(await idsOf({ q: "ärger 100%" })).toEqual(["child"]);
    expect(await idsOf({ q: "t_m" })).toEqual(["child"]);
    expect(await idsOf({ q: "%1" })).toEqual([]);
    expect(await idsOf({ q: "\\" })).toEqual([]);
    expect(await idsOf({ q: "child", state: "scheduled" })).toEqual([]);
  });

  test.each(["", "x", "%%%", "bnVsbA", "WzEsMl0", "WyJhIiwiYiJd", "WzEsImEiXQ=="])(
    "the cursor %j is refused",
    async (cursor) => {
      await using under = await openForTest();
      const { store } = under;
      await expect(store.processes.list({ cursor, limit: 1 })).rejects.toMatchObject(invalid);
      await expect(store.decisions.list({ cursor, limit: 1 })).rejects.toMatchObject(invalid);
      await expect(store.tokens.list({ cursor, limit: 1 })).rejects.toMatchObject(invalid);
    },
  );

  test("decisions come oldest first, by state and process", async () => {
    await using under = await openForTest();
    const { store } = under;
    const [p, q] = [await claimed(store, "p"), await claimed(store, "q")];
    await store.asOwner(p, async (tx) => {
      await tx.putDecision(aDecision(p, "d3", 3_000));
      await tx.putDecision(aDecision(p, "d1", 1_000));
    });
    await store.asOwner(q, (tx) => tx.putDecision(aDecision(q, "d2", 1_000)));
    await store.asOwner(p, (tx) =>
      tx.settleDecision("d1", { state: "withdrawn", resolvedAt: 5, resolvedBy: "turn ended" }),
    );
    const idsOf = async (query: { state?: "pending" | "withdrawn"; processId?: string }, limit: number) =>
      (await allPages((cursor) => store.decisions.list({ limit, ...query, ...cursor }))).map((decision) => decision.id);
    for (const limit of [1, 2, 5]) {
      expect(await idsOf({}, limit)).toEqual(["d1", "d2", "d3"]);
      expect(await idsOf({ state: "pending" }, limit)).toEqual(["d2", "d3"]);
      expect(await idsOf({ state: "pending", processId: "p" }, limit)).toEqual(["d3"]);
      expect(await idsOf({ processId: "p" }, limit)).toEqual(["d1", "d3"]);
    }
  });

  test("pages of events, forwards and backwards and whatever their size, join to the log", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await store.asOwner(key, async (tx) => {
      for (const n of upTo(36)) await tx.append(n % 3 === 0 ? { type: "session.adopted" } : logged(`${n}`));
    });
    const all = await store.events.list("p", { limit: 5_000 });
    expect(all.map((envelope) => envelope.seq)).toEqual(upTo(37));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 40 }), async (limit, from) => {
        expect(await forwards(store, from, limit)).toEqual(all.filter((envelope) => envelope.seq > from));
        expect(await backwards(store, from, limit)).toEqual(all.filter((envelope) => envelope.seq < from));
        expect(await store.events.list("p", { after: from, before: from + limit, limit: 100 })).toEqual(
          all.filter((envelope) => envelope.seq > from && envelope.seq < from + limit),
        );
      }),
      { numRuns: 60 },
    );
  });

  test("events come back as they were appended, whatever their text", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), fc.jsonValue(), async (keyword, data) => {
        const event = { type: "message.client", keyword, data } as const;
        const envelope = await store.asOwner(key, (tx) => tx.append(event));
        const stored = await store.events.list("p", { after: envelope.seq - 1, limit: 1 });
        expect(stored).toEqual([JSON.parse(JSON.stringify(envelope))]);
      }),
      { numRuns: 20 },
    );
  });
}

async function allPages<T>(page: (cursor: { cursor?: string }) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let next: string | null = null;
  do {
    const answer: Page<T> = await page(next === null ? {} : { cursor: next });
    items.push(...answer.items);
    next = answer.next;
  } while (next !== null);
  return items;
}

async function forwards(store: Store, after: number, limit: number): Promise<Envelope[]> {
  const items = await store.events.list("p", { after, limit });
  expect(items.length).toBeLessThanOrEqual(limit);
  const last = items.at(-1);
  return last ? [...items, ...(await forwards(store, last.seq, limit))] : [];
}

async function backwards(store: Store, before: number, limit: number): Promise<Envelope[]> {
  const items = await store.events.list("p", { before, limit });
  expect(items.length).toBeLessThanOrEqual(limit);
  const [first] = items;
  return first ? [...(await backwards(store, first.seq, limit)), ...items] : [];
}
