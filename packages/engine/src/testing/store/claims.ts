import { expect, test } from "vitest";
import type { OpenForTest } from "./fixtures.ts";
import {
  aDecision,
  aMessage,
  anOwner,
  aProcess,
  claimAgain,
  claimed,
  collectNotices,
  endRun,
  upTo,
} from "./fixtures.ts";

/** Insert, claim, takeover and changes of state. */
export function testClaims(openForTest: OpenForTest): void {
  test("a new process is idle, found, and its id is taken", async () => {
    await using under = await openForTest();
    const { store } = under;
    const inserted = await store.processes.insert(aProcess("p", { description: "D" }));
    expect(inserted).toMatchObject({
      ...aProcess("p", { description: "D" }),
      state: "idle",
      run: 0,
      epoch: 0,
      headSeq: 0,
    });
    expect(await store.processes.find("p")).toEqual(inserted);
    expect(await store.processes.find("P")).toBeUndefined();
    await expect(store.processes.insert(aProcess("p"))).rejects.toMatchObject({ code: "id-taken" });
    expect(await store.processes.find("p")).toEqual(inserted);
  });

  test("of many claims one wins, and writes its event", async () => {
    await using under = await openForTest();
    const { store } = under;
    await store.processes.insert(aProcess("p"));
    using heard = collectNotices(store);
    const claims = await Promise.all(upTo(10).map((pid) => store.processes.claim("p", ["idle"], anOwner(pid), {})));
    const winners = claims.filter((claim) => claim !== undefined);
    expect(winners).toHaveLength(1);
    expect(winners[0]).toMatchObject({ state: "scheduled", run: 1, epoch: 1, headSeq: 1, endedAt: null });
    expect(winners[0]?.startedAt).toEqual(expect.any(Number));
    const event = { type: "process.state_changed", from: "idle", to: "scheduled" };
    const stored = await store.events.list("p", { limit: 10 });
    expect(stored).toMatchObject([{ seq: 1, run: 1, event }]);
    expect(heard.notices).toEqual([{ processId: "p", envelopes: stored, changeId: winners[0]?.changeId }]);
    expect(await store.processes.claim("none", ["idle"], anOwner(), {})).toBeUndefined();
  });

  test("of many takeovers one wins", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    const attempts = upTo(10).map((pid) => store.processes.takeOver("p", key, anOwner(pid)));
    const winners = (await Promise.all(attempts)).filter((record) => record !== undefined);
    expect(winners).toHaveLength(1);
    expect(await store.processes.find("p")).toEqual(winners[0]);
  });

  test("a claim clears the results of the run before", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await store.asOwner(key, (tx) => tx.patch({ progress: { percent: 7 }, hasSavedState: true }));
    await endRun(store, key);
    expect(await store.processes.find("p")).toMatchObject({ state: "failed", endedAt: 5, error: { code: "internal" } });
    const next = await store.processes.claim("p", ["failed"], anOwner(), { session: null });
    expect(next).toMatchObject({ run: 2, epoch: 2, progress: null, error: null, endedAt: null, session: null });
    expect(next?.hasSavedState).toBe(true);
  });

  test("a claim withdraws what waited in the run before, in that run's name, and drops its queue", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    await store.asOwner(key, async (tx) => {
      await tx.putDecision(aDecision(key, "d1"));
      await tx.putMessage(aMessage("m1"));
    });
    expect(await store.processes.find("p")).toMatchObject({ pendingDecisions: 1, queued: 1 });
    await endRun(store, key);
    const again = await claimAgain(store);
    expect(await store.processes.find("p")).toMatchObject({ pendingDecisions: 0, queued: 0 });
    const withdrawn = await store.decisions.find("d1");
    expect(withdrawn?.decision).toMatchObject({ state: "withdrawn", resolvedBy: "ended", run: 1 });
    expect(await store.events.list("p", { after: 1, limit: 10 })).toMatchObject([
      { run: 1, event: { type: "decision.resolved", decision: withdrawn?.decision } },
      { run: 1, event: { type: "queue.changed", queue: [] } },
      { run: again.run, event: { type: "process.state_changed", from: "failed", to: "scheduled" } },
    ]);
    expect(await store.asOwner(again, (tx) => tx.findMessage("m1"))).toBeUndefined();
  });

  test("an owner changes the state only from the states it names", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    const move = () =>
      store.asOwner(key, (tx) => tx.setState(["scheduled"], "running", { progress: { percent: null } }));
    expect(await move()).toBe("scheduled");
    expect(await move()).toBeUndefined();
    expect(await store.processes.find("p")).toMatchObject({ state: "running", progress: { percent: null } });
  });

  test("a state is changed without owning only as it was seen", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await claimed(store);
    const cancel = (seen: typeof key) =>
      store.processes.setStateUnowned(seen, ["scheduled"], "cancelled", { endedAt: 9 }, "asked");
    expect(await cancel({ ...key, epoch: key.epoch + 1 })).toBeUndefined();
    expect(await cancel({ ...key, run: key.run + 1 })).toBeUndefined();
    expect(await cancel({ ...key, processId: "none" })).toBeUndefined();
    const records = await Promise.all(upTo(5).map(() => cancel(key)));
    expect(records.filter((record) => record !== undefined)).toMatchObject([
      { state: "cancelled", endedAt: 9, headSeq: 2 },
    ]);
    const event = { type: "process.state_changed", from: "scheduled", to: "cancelled", reason: "asked" };
    expect(await store.events.list("p", { after: 1, limit: 10 })).toMatchObject([{ seq: 2, run: 1, event }]);
  });

  test("leases of active runs of this OS process are renewed, others' are not", async () => {
    await using under = await openForTest();
    const { store } = under;
    const keys = [await claimed(store, "a"), await claimed(store, "b"), await claimed(store, "c")];
    if (keys[1]) await store.processes.takeOver("b", keys[1], anOwner(200));
    if (keys[2]) await endRun(store, keys[2]);
    expect(await store.processes.renewLeases({ ...anOwner(), leaseUntil: 9_000 })).toBe(1);
    const active = await store.processes.listActive();
    expect(active.map((record) => [record.id, record.owner?.leaseUntil]).sort()).toEqual([
      ["a", 9_000],
      ["b", 1_000],
    ]);
  });
}
