import { expect, test } from "vitest";
import type { OwnerKey, Store } from "../../store/store.ts";
import type { OpenForTest } from "./fixtures.ts";
import {
  aDecision,
  aMessage,
  aProcess,
  claimAgain,
  claimed,
  collectNotices,
  endRun,
  logged,
  upTo,
} from "./fixtures.ts";

/** Processes that go for good. */
export function testRemoval(openForTest: OpenForTest): void {
  test("S-10 a removal takes all that belongs to a process and its descendants, and nothing of others", async () => {
    await using under = await openForTest();
    const { store } = under;
    for (const id of ["p", "other"]) {
      await fill(store, id);
      await fill(store, `${id}.c`, id);
    }
    const others = await everythingOf(store, "other.c");
    expect(await store.processes.remove(["p"])).toEqual(["p", "p.c"]);
    for (const id of ["p", "p.c"]) {
      expect(await store.processes.find(id)).toBeUndefined();
      // a namesake finds nothing of what was there before
      await store.processes.insert(aProcess(id, { parent: id === "p" ? null : "p" }));
      await endRun(store, await claimAgain(store, id));
      const left = await everythingOf(store, id);
      expect(left).toMatchObject({
        lines: [],
        blobs: [],
        decision: undefined,
        message: undefined,
        manifest: undefined,
      });
      expect(left.events.map((event) => event.type)).toEqual(["process.state_changed"]);
      expect(left).toMatchObject({ turns: [], items: [], tagged: ["blue"] });
    }
    expect(await everythingOf(store, "other.c")).toEqual(others);
  });

  test("S-11 nothing of a root goes while it or a descendant is active", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store, "p");
    await store.processes.insert(aProcess("p.c", { parent: "p" }));
    await store.processes.insert(aProcess("q"));
    expect(await store.processes.remove(["p", "q", "none"])).toEqual(["q"]);
    await endRun(store, key);
    const child = await claimAgain(store, "p.c");
    expect(await store.processes.remove(["p"])).toEqual([]);
    expect(await store.processes.removeDescendants("p")).toEqual([]);
    await endRun(store, child);
    expect(await store.processes.remove(["p"])).toEqual(["p", "p.c"]);
  });

  test("descendants go without the process itself, also while it is active", async () => {
    await using under = await openForTest();
    const { store } = under;
    await claimed(store, "p");
    for (const [id, parent] of [
      ["p.a", "p"],
      ["p.a.x", "p.a"],
      ["p.b", "p"],
    ] as const)
      await store.processes.insert(aProcess(id, { parent }));
    expect((await store.processes.removeDescendants("p.a")).sort()).toEqual(["p.a.x"]);
    expect((await store.processes.removeDescendants("p")).sort()).toEqual(["p.a", "p.b"]);
    expect(await store.processes.removeDescendants("p")).toEqual([]);
    expect(await store.processes.find("p")).toMatchObject({ state: "scheduled" });
  });

  test("a removal is told to listeners, and to feeds that were away", async () => {
    await using under = await openForTest();
    const { store } = under;
    await store.processes.insert(aProcess("p"));
    for (const n of upTo(3)) await store.processes.insert(aProcess(`p.${n}`, { parent: "p", order: n }));
    const before = await store.processes.lastChange();
    using heard = collectNotices(store);
    const gone = await store.processes.remove(["p"]);
    const told = gone.map((id, index) => ({ id, changeId: before + 1 + index }));
    expect(heard.notices).toEqual(
      told.map(({ id, changeId }) => ({ processId: id, envelopes: [], changeId, removed: true })),
    );
    expect(await store.processes.removedSince(before, 10)).toEqual(told);
    expect(await store.processes.removedSince(before, 2)).toEqual(told.slice(0, 2));
    expect(await store.processes.removedSince(before + 2, 10)).toEqual(told.slice(2));
    expect(await store.processes.lastChange()).toBe(before + 4);
    await store.processes.insert(aProcess("p"));
    expect((await store.processes.removedSince(0, 10)).map(({ id }) => id)).not.toContain("p");
  });

  test("S-3 E-26 what has outlived its time is found, and goes only while that is so", async () => {
    await using under = await openForTest();
    const { store } = under;
    const keys = new Map<string, OwnerKey>();
    for (const [id, expiresAt] of [
      ["late", 300],
      ["early", 100],
      ["middle", 200],
      ["never", null],
    ] as const) {
      const key = await claimed(store, id);
      await store.asOwner(key, (tx) => tx.setState(["scheduled"], "done", { expiresAt }));
      keys.set(id, key);
    }
    expect(await store.processes.expired(99, 9)).toEqual([]);
    expect(await store.processes.expired(200, 9)).toEqual(["early", "middle"]);
    expect(await store.processes.expired(900, 2)).toEqual(["early", "middle"]);
    await claimAgain(store, "early");
    expect(await store.processes.expired(200, 9)).toEqual(["middle"]);
    const asked = ["early", "middle", "late", "never"];
    expect(await store.processes.remove(asked, { expiredAt: 200 })).toEqual(["middle"]);
    expect(await store.processes.find("early")).toMatchObject({ state: "scheduled", expiresAt: null });
  });

  test("E-26 a process whose time is over does not go while a descendant is active", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store, "p");
    await store.processes.insert(aProcess("p.c", { parent: "p" }));
    await claimAgain(store, "p.c");
    await store.asOwner(key, (tx) => tx.setState(["scheduled"], "done", { expiresAt: 1 }));
    expect(await store.processes.remove(["p"], { expiredAt: 5 })).toEqual([]);
  });

  test("a history of many thousand events goes whole", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await store.asOwner(key, async (tx) => {
      for (const n of upTo(5_000)) await tx.append(n % 2 === 0 ? logged(`${n}`) : { type: "session.adopted" });
    });
    await endRun(store, key);
    expect(await store.processes.remove(["p"])).toEqual(["p"]);
    await store.processes.insert(aProcess("p"));
    expect(await store.events.list("p", { limit: 1 })).toEqual([]);
    expect((await store.logs.list("p", { limit: 1 })).items).toEqual([]);
  });

  test("an owner whose process is gone writes nothing, and a child cannot be born to it", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await endRun(store, key);
    await store.processes.remove(["p"]);
    await expect(store.asOwner(key, (tx) => tx.append(logged("late")))).rejects.toMatchObject({ code: "stale-owner" });
    await expect(store.processes.insert(aProcess("p.c", { parent: "p" }))).rejects.toMatchObject({ code: "not-found" });
  });

  test("of a child born and a parent removed at once, one is too late", async () => {
    await using under = await openForTest();
    const { store } = under;
    for (const n of upTo(10)) {
      await store.processes.insert(aProcess(`p${n}`));
      const [born, gone] = await Promise.allSettled([
        store.processes.insert(aProcess(`p${n}.c`, { parent: `p${n}` })),
        store.processes.remove([`p${n}`]),
      ]);
      const orphan = born.status === "fulfilled" && gone.status === "fulfilled" && gone.value.length === 1;
      expect(orphan).toBe(false);
    }
  });
}

async function fill(store: Store, id: string, parent: string | null = null): Promise<void> {
  await store.processes.insert(aProcess(id, { parent }));
  const key = await claimAgain(store, id);
  await store.asOwner(key, async (tx) => {
    await tx.append(logged("line"));
    await tx.putMessage(aMessage(`m-${id}`));
    await tx.openTurn("t", "u");
    await tx.openItem({ threadId: "t", turnId: "u", itemId: "i", kind: "plan", startedSeq: 2 });
    await tx.putDecision(aDecision(key, `d-${id}`));
    await tx.putManifest({ kept: id });
    await tx.putBlob({ name: "b", hash: "h", sizeBytes: 1, createdAt: 1 });
  });
  await endRun(store, key);
}

async function everythingOf(store: Store, id: string) {
  const record = await store.processes.find(id);
  const key = { processId: id, run: record?.run ?? 0, epoch: record?.epoch ?? 0 };
  return store.asOwner(key, async (tx) => ({
    events: (await store.events.list(id, { limit: 99 })).map(({ event }) => event),
    lines: (await store.logs.list(id, { limit: 99 })).items,
    blobs: await store.blobs.list(id),
    decision: await store.decisions.find(`d-${id}`),
    message: await tx.findMessage(`m-${id}`),
    manifest: await store.manifests.find(id),
    turns: await tx.openTurns("t"),
    items: await tx.openItems("t"),
    tagged: (await store.processes.list({ filter: { id, "metadata.team": "blue" }, limit: 9 })).items.map(
      ({ metadata }) => metadata.team,
    ),
  }));
}
