import type { Decision, DecisionResolution, OptioEvent } from "@optio/contract";
import { expect, test } from "vitest";
import { FakeClock } from "../../kernel/fake-clock.test-support.ts";
import { openSqliteForTest } from "../../store/sqlite.test-support.ts";
import type { OwnerTransaction } from "../../store/store.ts";
import { claimed } from "../../testing/store/fixtures.ts";
import type { DecisionDemand } from "../agent-kind.ts";
import { DecisionDesk } from "./decision-desk.ts";

const ACCEPT: DecisionResolution = { decision: "accept" };

function demand(agentKey: string, fields: Partial<DecisionDemand> = {}): DecisionDemand {
  return {
    agentKey,
    kind: "command",
    threadId: "t",
    turnId: "u",
    itemId: undefined,
    request: { command: "ls" },
    options: ["accept", "decline"],
    ...fields,
  };
}

/** A desk over a store of its own; `life` names the program that asks. */
async function openDesk() {
  const under = await openSqliteForTest();
  const { store } = under;
  const key = await claimed(store);
  const sent: unknown[] = [];
  const shown: Decision[] = [];
  const pending = new Set<string>();
  const life = { name: "1.1" };
  const clock = new FakeClock();
  const newDesk = () =>
    new DecisionDesk({
      processId: "p",
      run: 1,
      clock,
      commit: (work) => store.asOwner(key, work),
      instance: () => life.name,
      sendAnswer: async (asked, resolution) => void sent.push({ key: asked.agentKey, ...resolution }),
      pending,
      onRequested: (decision) => shown.push(decision),
    });
  let desk = newDesk();
  const commit = (work: (tx: OwnerTransaction) => Promise<unknown>) => store.asOwner(key, work);
  return {
    store,
    sent,
    shown,
    pending,
    life,
    commit,
    get desk() {
      return desk;
    },
    /** Another owner's desk over the same records, which remembers nothing. */
    reopen() {
      pending.clear();
      desk = newDesk();
    },
    take(asked: DecisionDemand): Promise<void> {
      // lists are in the order of asking
      clock.advance(1);
      return store.asOwner(key, (tx) => desk.take(tx, asked)).then((after) => after?.());
    },
    async events(): Promise<OptioEvent[]> {
      return (await store.events.list("p", { after: 1, limit: 100 })).map(({ event }) => event);
    },
    async decision(index = 0): Promise<Decision> {
      const found = (await store.decisions.list({ limit: 100 })).items[index];
      if (!found) throw new Error(`no decision ${index}`);
      return found;
    },
    [Symbol.asyncDispose]: () => under[Symbol.asyncDispose](),
  };
}

test("a request is stored, told and then shown", async () => {
  await using on = await openDesk();
  await on.take(demand("r1", { itemId: "i1" }));
  const decision = await on.decision();
  expect(decision).toMatchObject({
    id: expect.stringMatching(/^dec_/),
    processId: "p",
    run: 1,
    state: "pending",
    kind: "command",
    request: { threadId: "t", turnId: "u", itemId: "i1", command: "ls" },
    options: ["accept", "decline"],
  });
  expect(await on.events()).toEqual([{ type: "decision.requested", decision }]);
  expect(on.shown).toEqual([decision]);
  expect([...on.pending]).toEqual([decision.id]);
});

test("a request that is sent again keeps its id, makes no second event and is shown again", async () => {
  await using on = await openDesk();
  await on.take(demand("r1"));
  on.reopen();
  await on.take(demand("r1"));
  const { id } = await on.decision();
  expect((await on.store.decisions.list({ limit: 10 })).items).toHaveLength(1);
  expect(await on.events()).toHaveLength(1);
  expect(on.shown.map((decision) => decision.id)).toEqual([id, id]);
  expect([...on.pending]).toEqual([id]);
});

test("the same key of another life of the program is another request", async () => {
  await using on = await openDesk();
  await on.take(demand("r1"));
  on.life.name = "1.2";
  await on.take(demand("r1"));
  expect((await on.store.decisions.list({ limit: 10 })).items).toHaveLength(2);
});

test("the first answer wins, reaches the agent once, and any other is refused", async () => {
  await using on = await openDesk();
  await on.take(demand("r1"));
  const { id } = await on.decision();
  const answers = await Promise.allSettled([
    on.desk.answer(id, ACCEPT, "ann"),
    on.desk.answer(id, { decision: "decline" }, "bob"),
  ]);
  expect(answers).toMatchObject([
    { status: "fulfilled", value: { state: "resolved", resolution: ACCEPT, resolvedBy: "ann" } },
    { status: "rejected", reason: { code: "decision-already-resolved" } },
  ]);
  await expect(on.desk.answer(id, ACCEPT, "ann")).rejects.toMatchObject({
    code: "decision-already-resolved",
    message: `decision '${id}' was resolved by ann`,
  });
  expect(on.sent).toEqual([{ key: "r1", decision: "accept" }]);
  expect((await on.events()).slice(1)).toEqual([{ type: "decision.resolved", decision: await on.decision() }]);
  expect(on.pending.size).toBe(0);
});

test("the same Idempotency-Key gets the same answer again without sending it again", async () => {
  await using on = await openDesk();
  await on.take(demand("r1"));
  const { id } = await on.decision();
  const first = await on.desk.answer(id, ACCEPT, "ann", "key-1");
  expect(await on.desk.answer(id, ACCEPT, "ann", "key-1")).toEqual(first);
  await expect(on.desk.answer(id, ACCEPT, "ann", "key-2")).rejects.toMatchObject({ code: "decision-already-resolved" });
  expect(on.sent).toHaveLength(1);
});

test("an answer that is not offered, or to no decision, is refused and changes nothing", async () => {
  await using on = await openDesk();
  await on.take(demand("r1"));
  const { id } = await on.decision();
  await expect(on.desk.answer(id, { decision: "accept_for_session" }, "ann")).rejects.toMatchObject({
    code: "invalid",
    message: "'accept_for_session' is not offered; this decision takes accept, decline",
  });
  await expect(on.desk.answer("dec_none", ACCEPT, "ann")).rejects.toMatchObject({ code: "not-found" });
  expect(await on.decision()).toMatchObject({ state: "pending" });
  expect(on.sent).toEqual([]);
});

test("an answer that died with an earlier server goes when the agent asks again", async () => {
  await using on = await openDesk();
  await on.take(demand("r1"));
  const { id } = await on.decision();
  await on.desk.answer(id, ACCEPT, "ann");
  on.reopen();
  await on.take(demand("r1"));
  expect(on.sent).toEqual([
    { key: "r1", decision: "accept" },
    { key: "r1", decision: "accept" },
  ]);
  expect(on.shown).toHaveLength(1);
  expect(await on.events()).toHaveLength(2);
});

test("what the agent settles is withdrawn, but not when the answer was ours", async () => {
  await using on = await openDesk();
  await on.take(demand("r1"));
  await on.take(demand("r2"));
  const ours = await on.decision(1);
  await on.desk.answer(ours.id, ACCEPT, "ann");
  for (const key of ["r1", "r2", "unknown"]) await on.commit((tx) => on.desk.settledByAgent(tx, key));
  expect(await on.decision(0)).toMatchObject({ state: "withdrawn", resolvedBy: "answered elsewhere" });
  expect(await on.decision(1)).toMatchObject({ state: "resolved", resolvedBy: "ann" });
  const told = (await on.events()).filter((event) => event.type === "decision.resolved");
  expect(told).toHaveLength(2);
  expect(told[1]).toEqual({ type: "decision.resolved", decision: await on.decision(0) });
  await expect(on.desk.answer((await on.decision(0)).id, ACCEPT, "ann")).rejects.toMatchObject({
    message: expect.stringContaining("withdrawn by answered elsewhere"),
  });
  await on.take(demand("r1"));
  expect(on.sent).toHaveLength(1);
});

test("the end of a turn, of an item, of the program and of the session withdraws what waited for it", async () => {
  await using on = await openDesk();
  await on.take(demand("turn", { turnId: "u1" }));
  await on.take(demand("item", { turnId: "u2", itemId: "i2" }));
  await on.take(demand("old life", { turnId: "u3" }));
  const states = async () => {
    const { items } = await on.store.decisions.list({ limit: 10 });
    return Object.fromEntries(
      await Promise.all(
        items.map(async ({ id, state, resolvedBy }) => [
          (await on.store.decisions.find(id))?.agentKey,
          resolvedBy ?? state,
        ]),
      ),
    );
  };
  await on.commit((tx) => on.desk.withdrawTurn(tx, "u1"));
  await on.commit((tx) => on.desk.withdrawItem(tx, "i2"));
  expect(await states()).toEqual({
    turn: "its turn ended",
    item: "answered elsewhere",
    "old life": "pending",
  });
  on.reopen();
  await on.commit((tx) => on.desk.withdrawStale(tx, { all: false }));
  expect((await states())["old life"]).toBe("pending");
  expect(on.pending.size).toBe(1);
  on.life.name = "1.2";
  await on.take(demand("new life", { turnId: "u4" }));
  await on.commit((tx) => on.desk.withdrawStale(tx, { all: false }));
  expect(await states()).toMatchObject({ "old life": "the agent was restarted", "new life": "pending" });
  await on.commit((tx) => on.desk.withdrawStale(tx, { all: true }));
  expect((await states())["new life"]).toBe("the session ended");
  expect(on.pending.size).toBe(0);
});
