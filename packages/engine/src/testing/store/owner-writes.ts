import { expect, test } from "vitest";
import type { OpenForTest } from "./fixtures.ts";
import { aDecision, aMessage, claimAgain, claimed, endRun, upTo } from "./fixtures.ts";

/** Messages, turns, items, decisions and manifests. */
export function testOwnerWrites(openForTest: OpenForTest): void {
  test("unsent messages stand in the order of arrival, the harness before persons", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await store.asOwner(key, async (tx) => {
      await tx.putMessage(aMessage("m1"));
      await tx.putMessage(aMessage("m2"));
      await tx.putMessage(aMessage("h1", { origin: "harness" }));
      await tx.putMessage(aMessage("m3"));
      await tx.putMessage(aMessage("h2", { origin: "harness" }));
      await tx.setMessage("m1", { text: "edited" });
    });
    const unsent = await store.messages.unsent("p", key.run);
    expect(unsent.map((message) => message.messageId)).toEqual(["h1", "h2", "m1", "m2", "m3"]);
    expect(unsent[2]).toEqual({ ...aMessage("m1"), processId: "p", run: 1, text: "edited" });
    expect(await store.asOwner(key, (tx) => tx.unsentMessages())).toEqual(unsent);
    expect(await store.messages.unsent("p", key.run + 1)).toEqual([]);
  });

  test("steers that return to the queue go to its front, in their order", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await store.asOwner(key, async (tx) => {
      await tx.putMessage(aMessage("m1"));
      for (const id of ["s1", "s2"]) {
        await tx.putMessage(aMessage(id, { mode: "steer" }));
        await tx.setMessage(id, { state: "sending", turnId: "u" });
      }
      for (const id of ["s1", "s2"]) await tx.setMessage(id, { state: "queued", mode: "queue", turnId: null });
    });
    const unsent = await store.messages.unsent("p", key.run);
    expect(unsent.map((message) => message.messageId)).toEqual(["s1", "s2", "m1"]);
  });

  test("a message is counted until it is sent, and then found by its turn", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    const queued = async () => (await store.processes.find("p"))?.queued;
    await store.asOwner(key, async (tx) => {
      await tx.putMessage(aMessage("m1"));
      await tx.putMessage(aMessage("m2"));
    });
    expect(await queued()).toBe(2);
    await store.asOwner(key, (tx) => tx.setMessage("m1", { state: "sending" }));
    expect(await queued()).toBe(2);
    await store.asOwner(key, (tx) => tx.setMessage("m1", { state: "sent", turnId: "u" }));
    expect(await queued()).toBe(1);
    expect(await store.asOwner(key, (tx) => tx.removeMessage("m2"))).toBe(true);
    expect(await queued()).toBe(0);
    await store.asOwner(key, async (tx) => {
      expect(await tx.messagesOfTurn("u")).toMatchObject([{ messageId: "m1", state: "sent" }]);
      expect(await tx.removeMessage("m2")).toBe(false);
      expect(await tx.setMessage("m2", { text: "x" })).toBe(false);
      expect(await tx.findMessage("m2")).toBeUndefined();
    });
  });

  test("a turn opens once and closes once", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await store.asOwner(key, async (tx) => {
      expect(await tx.closeTurn("t", "u", "completed")).toBe(false);
      expect([await tx.openTurn("t", "u"), await tx.openTurn("t", "u")]).toEqual([true, false]);
      expect([await tx.openTurn("t", "b"), await tx.openTurn("other", "u")]).toEqual([true, true]);
      expect((await tx.openTurns("t")).map((turn) => turn.turnId)).toEqual(["u", "b"]);
      expect(await tx.closeTurn("t", "u", "interrupted")).toBe(true);
      expect(await tx.closeTurn("t", "u", "completed")).toBe(false);
      expect(await tx.openTurn("t", "u")).toBe(false);
      expect(await tx.findTurn("t", "u")).toEqual({ threadId: "t", turnId: "u", status: "interrupted" });
      expect(await tx.openTurns("t")).toEqual([{ threadId: "t", turnId: "b", status: null }]);
    });
  });

  test("an item opens once and completes once, also when 10 transactions try and over runs", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    const item = { threadId: "t", turnId: "u", itemId: "i", kind: "agentMessage", startedSeq: 2 };
    const tenTimes = <T>(work: () => Promise<T>) => Promise.all(upTo(10).map(work));
    expect(await store.asOwner(key, (tx) => tx.completeItem("t", "i"))).toBe(false);
    const opened = await tenTimes(() => store.asOwner(key, (tx) => tx.openItem(item)));
    expect(opened.filter(Boolean)).toHaveLength(1);
    expect(await store.events.openItems("p", "t")).toEqual([{ ...item, completed: false }]);
    const completed = await tenTimes(() => store.asOwner(key, (tx) => tx.completeItem("t", "i")));
    expect(completed.filter(Boolean)).toHaveLength(1);
    await endRun(store, key);
    const again = await claimAgain(store);
    expect(await store.asOwner(again, (tx) => tx.openItem(item))).toBe(false);
    expect(await store.asOwner(again, (tx) => tx.findItem("t", "i"))).toEqual({ ...item, completed: true });
  });

  test("open items are listed by start, of one turn or the thread", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await store.asOwner(key, async (tx) => {
      await tx.openItem({ threadId: "t", turnId: "u2", itemId: "b", kind: "plan", startedSeq: 9 });
      await tx.openItem({ threadId: "t", turnId: "u1", itemId: "a", kind: "plan", startedSeq: 3 });
      await tx.openItem({ threadId: "x", turnId: "u1", itemId: "c", kind: "plan", startedSeq: 4 });
      expect((await tx.openItems("t")).map((item) => item.itemId)).toEqual(["a", "b"]);
      expect((await tx.openItems("t", "u2")).map((item) => item.itemId)).toEqual(["b"]);
      await tx.completeItem("t", "b");
      expect(await tx.itemsOfTurn("t", "u2")).toMatchObject([{ itemId: "b", completed: true }]);
    });
  });

  test("a decision is found by its request, and the first of ten answers settles it", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    const asked = aDecision(key, "d1");
    await store.asOwner(key, (tx) => tx.putDecision(asked));
    expect(await store.asOwner(key, (tx) => tx.findDecisionByKey("life-1", asked.agentKey))).toEqual(asked);
    expect(await store.asOwner(key, (tx) => tx.findDecisionByKey("life-2", asked.agentKey))).toBeUndefined();
    expect(await store.asOwner(key, (tx) => tx.pendingDecisions())).toEqual([asked]);
    expect([await store.decisions.countPending(), (await store.processes.find("p"))?.pendingDecisions]).toEqual([1, 1]);
    const settle = (n: number) =>
      store.asOwner(key, (tx) =>
        tx.settleDecision("d1", {
          state: "resolved",
          resolvedAt: 2_000,
          resolution: { decision: "accept", message: `${n}` },
          resolvedBy: `person ${n}`,
          idempotencyKey: `key ${n}`,
        }),
      );
    const settled = await Promise.all(upTo(10).map(settle));
    expect(settled).toEqual(upTo(10).map((n) => n === 1));
    const stored = await store.decisions.find("d1");
    expect(stored).toMatchObject({ idempotencyKey: "key 1", decision: { state: "resolved", resolvedBy: "person 1" } });
    expect(stored?.decision.resolution).toEqual({ decision: "accept", message: "1" });
    expect([await store.decisions.countPending(), (await store.processes.find("p"))?.pendingDecisions]).toEqual([0, 0]);
    expect(await store.asOwner(key, (tx) => tx.pendingDecisions())).toEqual([]);
  });

  test("an owner settles no decision of another process", async () => {
    await using under = await openForTest();
    const { store } = under;
    const [key, other] = [await claimed(store, "p"), await claimed(store, "q")];
    await store.asOwner(key, (tx) => tx.putDecision(aDecision(key, "d1")));
    const change = { state: "withdrawn", resolvedAt: 1, resolvedBy: "x" } as const;
    expect(await store.asOwner(other, (tx) => tx.settleDecision("d1", change))).toBe(false);
    expect(await store.asOwner(other, (tx) => tx.findDecision("d1"))).toBeUndefined();
    expect(await store.decisions.find("d1")).toMatchObject({ decision: { state: "pending" } });
  });

  test("a manifest is replaced within its run and kept per run until it is removed", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await store.asOwner(key, (tx) => tx.putManifest({ step: 1 }));
    await store.asOwner(key, (tx) => tx.putManifest({ step: 2, list: [1, null] }));
    await endRun(store, key);
    const again = await claimAgain(store);
    expect(await store.manifests.find("p", again.run)).toBeUndefined();
    expect(await store.manifests.find("p")).toEqual({ run: 1, manifest: { step: 2, list: [1, null] } });
    await store.asOwner(again, (tx) => tx.putManifest("two"));
    expect(await store.manifests.find("p")).toEqual({ run: 2, manifest: "two" });
    await store.manifests.remove("p");
    expect(await store.manifests.find("p")).toBeUndefined();
  });
}
