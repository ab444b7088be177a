import type { Envelope } from "@optio/contract";
import { expect, test } from "vitest";
import type { OpenForTest } from "./fixtures.ts";
import { anOwner, claimAgain, claimed, collectNotices, endRun, logged, upTo } from "./fixtures.ts";

const stale = { code: "stale-owner" };

/** Fencing, seq and notices. */
export function testOwnership(openForTest: OpenForTest): void {
  test("an owner whose epoch is gone writes nothing", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    const taken = await store.processes.takeOver("p", key, anOwner(200));
    expect(taken).toMatchObject({ run: key.run, epoch: key.epoch + 1, owner: { pid: 200 } });
    const before = await store.processes.find("p");
    let ran = false;
    const write = store.asOwner(key, async (tx) => {
      ran = true;
      await tx.append(logged("late"));
    });
    await expect(write).rejects.toMatchObject(stale);
    expect(ran).toBe(false);
    expect(await store.processes.find("p")).toEqual(before);
    await store.asOwner({ ...key, epoch: key.epoch + 1 }, (tx) => tx.append(logged("mine")));
  });

  test("an owner of an earlier run, and of no process, writes nothing", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await endRun(store, key);
    await claimAgain(store);
    await expect(store.asOwner(key, (tx) => tx.append(logged("late")))).rejects.toMatchObject(stale);
    const none = { processId: "none", run: 1, epoch: 1 };
    await expect(store.asOwner(none, (tx) => tx.append(logged("x")))).rejects.toMatchObject(stale);
    expect(await store.logs.list("p", { limit: 10 })).toMatchObject({ items: [] });
  });

  test("work that throws leaves nothing behind and wakes no listener", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    const before = await store.processes.find("p");
    using heard = collectNotices(store);
    const work = store.asOwner(key, async (tx) => {
      await tx.append(logged("a"));
      await tx.openItem({ threadId: "t", turnId: "u", itemId: "i", kind: "plan", startedSeq: 2 });
      await tx.patch({ progress: { percent: 5 } });
      throw new Error("mine");
    });
    await expect(work).rejects.toThrow("mine");
    expect(heard.notices).toEqual([]);
    expect(await store.processes.find("p")).toEqual(before);
    expect(await store.events.openItems("p", "t")).toEqual([]);
    expect(await store.asOwner(key, (tx) => tx.append(logged("b")))).toMatchObject({ seq: 2 });
  });

  test("seq has no gap under 50 transactions at once, and notices come in the order of commits", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    using heard = collectNotices(store);
    const answers = await Promise.all(
      upTo(50).map((n) =>
        store.asOwner(key, async (tx) => {
          const first = await tx.append(logged(`${n}a`));
          await Promise.resolve();
          return [first, await tx.append(logged(`${n}b`))];
        }),
      ),
    );
    const stored = (await store.events.list("p", { after: 1, limit: 1_000 })) satisfies Envelope[];
    expect(stored.map((envelope) => envelope.seq)).toEqual(upTo(100).map((n) => n + 1));
    expect(answers.flat()).toEqual(stored);
    expect(heard.notices.flatMap((notice) => notice.envelopes)).toEqual(stored);
    expect(await store.processes.find("p")).toMatchObject({ headSeq: 101 });
  });

  test("a listener hears of a commit when it can be read, and before the owner goes on", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    const order: string[] = [];
    const reads: Promise<Envelope[]>[] = [];
    using _subscription = store.onCommit((notice) => {
      order.push("heard");
      reads.push(store.events.list(notice.processId, { after: 1, limit: 10 }));
    });
    const envelope = await store.asOwner(key, (tx) => tx.append(logged("a")));
    order.push("resolved");
    expect(order).toEqual(["heard", "resolved"]);
    expect(await Promise.all(reads)).toEqual([[envelope]]);
  });

  test("a listener that throws stops neither the others nor the store; a disposed one hears nothing", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    store.onCommit(() => {
      throw new Error("listener");
    });
    store.onCommit(() => order.push("gone"))[Symbol.dispose]();
    const order: string[] = [];
    store.onCommit(() => order.push("second"));
    await store.asOwner(key, (tx) => tx.append(logged("a")));
    expect(order).toEqual(["second"]);
  });

  test("a read never sees half of an open transaction", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    const written = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const writing = store.asOwner(key, async (tx) => {
      await tx.openItem({ threadId: "t", turnId: "u", itemId: "i", kind: "plan", startedSeq: 2 });
      written.resolve();
      await goOn.promise;
    });
    await written.promise;
    expect(await store.events.openItems("p", "t")).toEqual([]);
    goOn.resolve();
    await writing;
    expect(await store.events.openItems("p", "t")).toHaveLength(1);
  });

  test("a transaction that has ended refuses what comes late", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    const ended = await store.asOwner(key, async (tx) => ({ tx }));
    await expect(ended.tx.append(logged("late"))).rejects.toMatchObject({ code: "internal" });
    await expect(ended.tx.putManifest({})).rejects.toMatchObject({ code: "internal" });
  });

  test("a write inside the work of another is refused instead of waiting for itself; a read is not", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    const nested = store.asOwner(key, async () => store.asOwner(key, (tx) => tx.append(logged("inner"))));
    await expect(nested).rejects.toMatchObject({ code: "internal" });
    expect(await store.asOwner(key, () => store.processes.find("p"))).toMatchObject({ headSeq: 1 });
    const after = store.asOwner(key, async () => ({ later: () => store.putMeta("a", "b") }));
    await (await after).later();
  });

  test("the change id grows with every visible change of a record and with nothing else", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    const changeIdOf = async () => (await store.processes.find("p"))?.changeId ?? 0;
    const start = await changeIdOf();
    using heard = collectNotices(store);
    await store.asOwner(key, (tx) => tx.append(logged("a")));
    await store.asOwner(key, (tx) => tx.patch({ owner: anOwner(5) }));
    await store.processes.renewLeases(anOwner(5));
    expect(await changeIdOf()).toBe(start);
    await store.asOwner(key, (tx) => tx.patch({ progress: { percent: 1 } }));
    expect(await changeIdOf()).toBeGreaterThan(start);
    expect(heard.notices.map((notice) => notice.changeId)).toEqual([null, await changeIdOf()]);
    const changed = await store.processes.changedSince(start, 10);
    expect(changed.map((record) => record.progress)).toEqual([{ percent: 1 }]);
    expect(await store.processes.changedSince(await changeIdOf(), 10)).toEqual([]);
  });
}
