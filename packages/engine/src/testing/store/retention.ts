import { expect, test } from "vitest";
import type { OwnerKey, Store } from "../../store/store.ts";
import type { OpenForTest } from "./fixtures.ts";
import { aDecision, aMessage, aProcess, claimAgain, claimed, endRun, logged, sessionFacts, upTo } from "./fixtures.ts";

const DROPPED = { type: "process.logged", level: "debug", message: "(dropped by the log's retention)" };
const ALL = { keepRuns: 1_000, maxLines: 1_000_000, batch: 100 };

/** What is dropped, and what never. */
export function testRetention(openForTest: OpenForTest): void {
  test("events of old runs go, those of the kept runs stay with their numbers", async () => {
    await using under = await openForTest();
    const { store } = under;
    await runsOf(store, 5, 4);
    const before = await store.events.list("p", { limit: 1_000 });
    expect(await compactAll(store, { ...ALL, keepRuns: 2, batch: 3 })).toBeGreaterThan(0);
    const kept = before.filter((envelope) => envelope.run >= 4);
    expect(await store.events.list("p", { limit: 1_000 })).toEqual(kept);
    expect(await store.events.list("p", { after: 2, limit: 3 })).toEqual(kept.slice(0, 3));
    expect(await store.events.list("p", { before: kept[1]?.seq ?? 0, limit: 9 })).toEqual(kept.slice(0, 1));
    const record = await store.processes.find("p");
    expect(record).toMatchObject({ firstSeq: kept[0]?.seq, headSeq: before.at(-1)?.seq });
    expect(await compactAll(store, { ...ALL, keepRuns: 2, batch: 3 })).toBe(0);
  });

  test("the present run keeps its events, however many, and goes on with the next number", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await runsOf(store, 2, 30);
    await compactAll(store, { ...ALL, keepRuns: 1, batch: 7 });
    const kept = await store.events.list("p", { limit: 1_000 });
    expect(new Set(kept.map((envelope) => envelope.run))).toEqual(new Set([2]));
    expect(kept).toHaveLength(31);
    const last = kept.at(-1)?.seq ?? 0;
    expect(await store.asOwner(key, (tx) => tx.append(logged("on")))).toMatchObject({ seq: last + 1 });
  });

  test("the oldest lines beyond the limit go, and their events say so", async () => {
    await using under = await openForTest();
    const { store } = under;
    const key = await runsOf(store, 1, 10);
    expect(await compactAll(store, { ...ALL, maxLines: 4, batch: 5 })).toBe(6);
    const { items } = await store.logs.list("p", { limit: 100 });
    expect(items.map((line) => line.seq)).toEqual([7, 8, 9, 10]);
    const events = (await store.events.list("p", { after: 1, limit: 100 })).map(({ event }) => event);
    expect(events).toEqual([...upTo(6).map(() => DROPPED), ...upTo(4).map((n) => logged(`line ${n + 6}`))]);
    await store.asOwner(key, (tx) => tx.append(logged("eleventh")));
    expect((await store.logs.list("p", { after: 10, limit: 5 })).items).toMatchObject([{ seq: 11 }]);
    expect(await compactAll(store, { ...ALL, maxLines: 4 })).toBe(1);
  });

  test("settled decisions, sent messages and manifests go with their run, what is pending stays", async () => {
    await using under = await openForTest();
    const { store } = under;
    let key = await claimed(store);
    for (const run of upTo(4)) {
      await store.asOwner(key, async (tx) => {
        await tx.putMessage(aMessage(`m${run}`));
        await tx.setMessage(`m${run}`, { state: "sent", turnId: `u${run}` });
        await tx.putDecision(aDecision(key, `d${run}`, run));
        await tx.putManifest({ threadId: `t${run}` });
      });
      if (run === 4) break;
      await endRun(store, key);
      key = await claimAgain(store);
    }
    await compactAll(store, { ...ALL, keepRuns: 2, batch: 1 });
    const decisions = await store.decisions.list({ limit: 10 });
    expect(decisions.items.map(({ id, state }) => [id, state])).toEqual([
      ["d3", "withdrawn"],
      ["d4", "pending"],
    ]);
    const kept = await store.asOwner(key, (tx) => Promise.all(upTo(4).map((run) => tx.messagesOfTurn(`u${run}`))));
    expect(kept.map((messages) => messages.length)).toEqual([0, 0, 1, 1]);
    const manifests = await Promise.all(upTo(4).map((run) => store.manifests.find("p", run)));
    expect(manifests.map((found) => found?.run)).toEqual([undefined, undefined, 3, 4]);
    expect((await store.processes.find("p"))?.pendingDecisions).toBe(1);
  });

  test("the thread that a resume goes on with stays known, however old its run is", async () => {
    await using under = await openForTest();
    const { store } = under;
    await store.processes.insert(aProcess("p", { session: sessionFacts({ threadId: null }) }));
    for (const run of upTo(6)) {
      const key = await claimAgain(store);
      const thread = run <= 2 ? `t${run}` : null;
      await store.asOwner(key, async (tx) => {
        await tx.putManifest({ threadId: thread });
        if (thread === null) return;
        await tx.openTurn(thread, "u");
        const { seq } = await tx.append({ type: "session.adopted" });
        await tx.openItem({ threadId: thread, turnId: "u", itemId: "i", kind: "plan", startedSeq: seq });
      });
      if (run < 6) await endRun(store, key);
    }
    await compactAll(store, { ...ALL, keepRuns: 1, batch: 2 });
    const manifests = await Promise.all(upTo(6).map((run) => store.manifests.find("p", run)));
    expect(manifests.map((found) => found?.run)).toEqual([undefined, 2, undefined, undefined, undefined, 6]);
    const left = await store.asOwner({ processId: "p", run: 6, epoch: 6 }, async (tx) => ({
      items: [await tx.findItem("t1", "i"), await tx.findItem("t2", "i")].map((item) => item?.itemId),
      turns: [await tx.findTurn("t1", "u"), await tx.findTurn("t2", "u")].map((turn) => turn?.turnId),
    }));
    expect(left).toEqual({ items: [undefined, "i"], turns: [undefined, "u"] });
  });

  test("a call drops at most a batch, and says where the next one goes on", async () => {
    await using under = await openForTest();
    const { store } = under;
    for (const id of ["a", "b"]) await runsOf(store, 1, 10, id);
    const limits = { ...ALL, maxLines: 3, batch: 4 };
    const first = await store.retention.compact(limits);
    expect(first.dropped).toBe(4);
    const counts = async () =>
      Promise.all(["a", "b"].map(async (id) => (await store.logs.list(id, { limit: 100 })).items.length));
    expect(await counts()).toEqual([6, 10]);
    expect(await store.retention.compact({ ...limits, after: first.next ?? "" })).toMatchObject({ dropped: 3 });
    expect(await counts()).toEqual([3, 10]);
    await store.retention.compact({ ...limits, after: "a" });
    expect(await counts()).toEqual([3, 6]);
    expect(await store.retention.compact({ ...limits, after: "b" })).toEqual({ dropped: 0, next: null });
  });

  test.each([{ keepRuns: 0 }, { maxLines: 0 }, { batch: 0 }, { keepRuns: 1.5 }])(
    "the limit %j is refused",
    async (limit) => {
      await using under = await openForTest();
      await expect(under.store.retention.compact({ ...ALL, ...limit })).rejects.toMatchObject({ code: "invalid" });
    },
  );
}

/** A process with ended runs and a present one, each with log lines; answers with the present owner. */
async function runsOf(store: Store, runs: number, linesPerRun: number, id = "p"): Promise<OwnerKey> {
  let key = await claimed(store, id);
  for (const run of upTo(runs)) {
    await store.asOwner(key, async (tx) => {
      for (const n of upTo(linesPerRun)) await tx.append(logged(`line ${n}`));
    });
    if (run === runs) break;
    await endRun(store, key);
    key = await claimAgain(store, id);
  }
  return key;
}

/** Compacts until nothing has to go; answers how many rows went. */
async function compactAll(store: Store, limits: Parameters<Store["retention"]["compact"]>[0]): Promise<number> {
  let total = 0;
  for (let after: string | null = ""; after !== null; ) {
    const step = await store.retention.compact({ ...limits, after });
    expect(step.dropped).toBeLessThanOrEqual(limits.batch);
    total += step.dropped;
    after = step.next;
  }
  return total;
}
