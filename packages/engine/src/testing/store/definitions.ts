import { expect, test } from "vitest";
import type { NewProcess, Store } from "../../store/store.ts";
import type { OpenForTest } from "./fixtures.ts";
import { anOwner, aProcess, claimAgain, claimed, collectNotices, upTo } from "./fixtures.ts";

const schedule = { cron: "0 4 * * *", timeZone: "UTC", misfire: "once" } as const;

/** Records of definitions. */
export function testDefinitions(openForTest: OpenForTest): void {
  test("E-24 a new definition appears idle", async () => {
    await using under = await openForTest();
    const { store } = under;
    using heard = collectNotices(store);
    const defined = await store.processes.define(aTask({ schedule, nextFireAt: 7, ttlSeconds: 0.5, warning: "sure?" }));
    expect(defined).toMatchObject({ id: "t", state: "idle", run: 0, schedule, nextFireAt: 7, ttlSeconds: 0.5 });
    expect(await store.processes.find("t")).toEqual(defined);
    expect(heard.notices).toEqual([{ processId: "t", envelopes: [], changeId: defined.changeId }]);
  });

  test("E-24 a definition replaces what it says and leaves runtime state and results alone", async () => {
    await using under = await openForTest();
    const { store } = under;
    await store.processes.define(
      aTask({ name: "Old", metadata: { team: "red", gone: 1 }, params: { a: 1 }, special: true }),
    );
    const key = await claimAgain(store, "t");
    await store.asOwner(key, (tx) =>
      tx.patch({ progress: { percent: 5 }, hasSavedState: true, widgetData: { shown: true }, startedAt: 3 }),
    );
    const before = await store.processes.find("t");
    const said = {
      name: "New",
      description: "D",
      metadata: { team: "blue" },
      params: { b: 2 },
      uiWidget: "w",
      autoResume: true,
    };
    const defined = await store.processes.define(aTask(said));
    expect(defined).toEqual({ ...before, ...said, special: false, changeId: expect.any(Number) });
    expect(defined.changeId).toBeGreaterThan(before?.changeId ?? 0);
    expect(await idsOf(store, { "metadata.team": "blue" })).toEqual(["t"]);
    expect(await idsOf(store, { "metadata.team": "red" })).toEqual([]);
    expect(await idsOf(store, { "metadata.gone": { exists: true } })).toEqual([]);
    expect((await store.processes.list({ q: "new", limit: 9 })).items).toHaveLength(1);
    await store.asOwner(key, (tx) => tx.patch({ progress: null }));
  });

  test("a definition that says nothing new changes nothing and wakes nobody", async () => {
    await using under = await openForTest();
    const { store } = under;
    const defined = await store.processes.define(aTask({ schedule, nextFireAt: 7 }));
    using heard = collectNotices(store);
    expect(await store.processes.define(aTask({ schedule, nextFireAt: 9 }))).toEqual(defined);
    expect(heard.notices).toEqual([]);
  });

  test("the next fire stays while the schedule does, and goes with it", async () => {
    await using under = await openForTest();
    const { store } = under;
    await store.processes.define(aTask({ schedule, nextFireAt: 7 }));
    const other = { ...schedule, timeZone: "Europe/Berlin" };
    expect(await store.processes.define(aTask({ schedule: other, nextFireAt: 9 }))).toMatchObject({ nextFireAt: 9 });
    expect(await store.processes.define(aTask({}))).toMatchObject({ schedule: null, nextFireAt: null });
  });

  test("S-7 a definition does not take the id of a process that a call made, nor of a child", async () => {
    await using under = await openForTest();
    const { store } = under;
    await store.processes.insert(aProcess("t"));
    await store.processes.insert(aProcess("t.child", { adhoc: false, parent: "t" }));
    const before = await store.processes.find("t");
    await expect(store.processes.define(aTask({}))).rejects.toMatchObject({ code: "id-taken" });
    await expect(store.processes.define(aTask({ id: "t.child" }))).rejects.toMatchObject({ code: "id-taken" });
    expect(await store.processes.find("t")).toEqual(before);
  });

  test("many who define one task at once make one record", async () => {
    await using under = await openForTest();
    const { store } = under;
    const defined = await Promise.all(upTo(5).map(() => store.processes.define(aTask({}))));
    expect(new Set(defined.map((record) => record.changeId)).size).toBe(1);
    expect((await store.processes.list({ limit: 9 })).items).toHaveLength(1);
  });

  test("a child stands below its parent and its root, and not below one that is not there", async () => {
    await using under = await openForTest();
    const { store } = under;
    await claimed(store, "a");
    await store.processes.insert(aProcess("a.b", { parent: "a", order: 3 }));
    expect(await store.processes.insert(aProcess("a.b.c", { parent: "a.b" }))).toMatchObject({
      root: "a",
      depth: 2,
      order: 0,
    });
    expect(await store.processes.find("a.b")).toMatchObject({ root: "a", depth: 1, order: 3 });
    await expect(store.processes.insert(aProcess("x", { parent: "none" }))).rejects.toMatchObject({
      code: "not-found",
    });
    expect(await store.processes.find("x")).toBeUndefined();
  });

  test("text that no database can hold is kept as near as can be", async () => {
    await using under = await openForTest();
    const { store } = under;
    const odd = {
      name: "a\0b",
      description: "c\uD800",
      metadata: { "\0": "\0", x: "\uDC00" },
      params: { y: "\0\uD800" },
    };
    const { metadata, params } = await store.processes.insert(aProcess("p", odd));
    expect({ metadata, params }).toEqual({ metadata: odd.metadata, params: odd.params });
    expect(await store.processes.find("p")).toMatchObject({ name: "a\uFFFDb", description: "c\uFFFD" });
    expect((await store.processes.list({ q: "A\0B", limit: 9 })).items).toHaveLength(1);
  });

  test("S-3 S-14 a claim leaves nothing of the run before that could expire, resume or be shown", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await store.asOwner(key, async (tx) => {
      const left = {
        progress: { percent: 7 },
        error: { code: "internal", message: "m" },
        widgetData: { a: 1 },
        endedAt: 5,
      };
      await tx.setState(["scheduled"], "failed", {
        ...left,
        expiresAt: 9,
        autoResumeStamped: true,
        hasSavedState: true,
      });
    });
    expect(await store.processes.expired(9, 9)).toEqual(["p"]);
    const cleared = { progress: null, error: null, widgetData: null, endedAt: null, expiresAt: null };
    const next = await store.processes.claim("p", ["failed"], anOwner(), {});
    expect(next).toMatchObject({ run: 2, ...cleared, autoResumeStamped: false, hasSavedState: true });
    expect(await store.processes.expired(9, 9)).toEqual([]);
    expect(await store.processes.listStamped()).toEqual([]);
  });
}

function aTask(changes: Partial<NewProcess>): NewProcess {
  return aProcess("t", { kind: "task", agent: null, adhoc: false, sealedConfig: null, session: null, ...changes });
}

async function idsOf(store: Store, filter: NonNullable<Parameters<Store["processes"]["list"]>[0]["filter"]>) {
  return (await store.processes.list({ filter, limit: 9 })).items.map(({ id }) => id);
}
