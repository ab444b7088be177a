import type { ProcessState } from "@optio/contract";
import { PROCESS_ARROWS, PROCESS_STATES } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { openSqliteForTest } from "../store/sqlite.test-support.ts";
import type { OwnerKey, Store } from "../store/store.ts";
import { claimed } from "../testing/store/fixtures.ts";
import { statesBefore, transition, transitionUnowned } from "./transition.ts";

const PAIRS = PROCESS_STATES.flatMap((from) => PROCESS_STATES.map((to) => ({ from, to })));

/** A process that stands in the state, whatever led there. */
async function standing(store: Store, id: string, state: ProcessState): Promise<OwnerKey> {
  const key = await claimed(store, id);
  await store.asOwner(key, (tx) => tx.setState(PROCESS_STATES, state, {}));
  return key;
}

describe("every pair of states", () => {
  test("is possible for the owner exactly when the table has its arrow, with one event, or none", async () => {
    await using under = await openSqliteForTest();
    const { store } = under;
    for (const { from, to } of PAIRS) {
      const id = `${from}-${to}`;
      const key = await standing(store, id, from);
      const allowed = PROCESS_ARROWS[from].includes(to);
      expect(await store.asOwner(key, (tx) => transition(tx, to, {}, "why")), id).toBe(allowed);
      expect((await store.processes.find(id))?.state, id).toBe(allowed ? to : from);
      const event = { type: "process.state_changed", from, to, reason: "why" };
      const events = await store.events.list(id, { after: 1, limit: 10 });
      expect(
        events.map((envelope) => envelope.event),
        id,
      ).toEqual(allowed ? [event] : []);
    }
  });

  test("is possible without owning exactly when the table has its arrow, with one event, or none", async () => {
    await using under = await openSqliteForTest();
    const { store } = under;
    for (const { from, to } of PAIRS) {
      const id = `${from}-${to}`;
      const key = await standing(store, id, from);
      const allowed = PROCESS_ARROWS[from].includes(to);
      const moved = await transitionUnowned(store, key, to);
      expect(moved?.state, id).toBe(allowed ? to : undefined);
      expect((await store.processes.find(id))?.state, id).toBe(allowed ? to : from);
      const events = await store.events.list(id, { after: 1, limit: 10 });
      expect(
        events.map((envelope) => envelope.event),
        id,
      ).toEqual(allowed ? [{ type: "process.state_changed", from, to }] : []);
    }
  });

  test("is found from its end", () => {
    for (const { from, to } of PAIRS) expect(statesBefore(to).includes(from)).toBe(PROCESS_ARROWS[from].includes(to));
  });
});

test("a move writes its patch with it, or neither", async () => {
  await using under = await openSqliteForTest();
  const { store } = under;
  const key = await claimed(store);
  const error = { code: "task-failed", message: "m" };
  await store.asOwner(key, (tx) => transition(tx, "done", { error }));
  expect(await store.processes.find("p")).toMatchObject({ state: "scheduled", error: null });
  await store.asOwner(key, (tx) => transition(tx, "failed", { error }));
  expect(await store.processes.find("p")).toMatchObject({ state: "failed", error });
});
