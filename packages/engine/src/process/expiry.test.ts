import { describe, expect, test } from "vitest";
import { FakeClock } from "../kernel/fake-clock.test-support.ts";
import { silentLogger } from "../kernel/logger.ts";
import type { Store } from "../store/store.ts";
import { STORES } from "../store/stores.test-support.ts";
import { aProcess, claimAgain, claimed } from "../testing/store/fixtures.ts";
import { runExpiry } from "./expiry.ts";
import { transition } from "./transition.ts";

const NOW = 1_000_000;

/** A sweeper and what it removed. */
function sweeperOn(store: Store, clock: FakeClock) {
  const removed: string[] = [];
  const waiters: (() => void)[] = [];
  const stop = new AbortController();
  const onRemoved = async (ids: readonly string[]) => {
    removed.push(...ids);
    for (const wake of waiters.splice(0)) wake();
  };
  const running = runExpiry({ store, clock, logger: silentLogger, onRemoved }, stop.signal);
  return {
    removed,
    async removes(count: number): Promise<string[]> {
      while (removed.length < count) await new Promise<void>((resolve) => waiters.push(resolve));
      return removed;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** A process whose run has ended and expires at the instant. */
async function ended(store: Store, id: string, expiresAt: number | null): Promise<void> {
  const key = await claimed(store, id);
  await store.asOwner(key, async (tx) => {
    await transition(tx, "running");
    await transition(tx, "done", { endedAt: NOW, expiresAt, owner: null });
  });
}

describe.each(STORES)("expiry on %s", (_, open) => {
  test("an ended process goes with all its descendants when its time to live is over, one without stays (E-26, S-4)", async () => {
    await using under = await open();
    const { store } = under;
    const clock = new FakeClock(NOW);
    await ended(store, "p", NOW + 5_000);
    await store.processes.insert(aProcess("p.c", { parent: "p" }));
    await store.processes.insert(aProcess("p.c.d", { parent: "p.c" }));
    await ended(store, "stays", null);
    await using sweeper = sweeperOn(store, clock);
    await clock.untilSleeping();
    clock.advance(4_999);
    await clock.untilSleeping();
    expect(sweeper.removed).toEqual([]);
    clock.advance(1);
    expect((await sweeper.removes(3)).sort()).toEqual(["p", "p.c", "p.c.d"]);
    expect(await store.processes.find("stays")).toBeDefined();
    expect(await store.processes.find("p.c.d")).toBeUndefined();
  });

  test("the end of a run wakes it for what expires earlier", async () => {
    await using under = await open();
    const { store } = under;
    const clock = new FakeClock(NOW);
    await ended(store, "late", NOW + 50_000);
    await using sweeper = sweeperOn(store, clock);
    await clock.untilSleeping();
    await ended(store, "early", NOW - 1);
    expect(await sweeper.removes(1)).toEqual(["early"]);
  });

  test("what expired while no engine was there goes at the start, in batches", async () => {
    await using under = await open();
    const ids = Array.from({ length: 120 }, (_, index) => `p${index}`);
    for (const id of ids) await ended(under.store, id, NOW - 1);
    await using sweeper = sweeperOn(under.store, new FakeClock(NOW));
    expect((await sweeper.removes(120)).sort()).toEqual(ids.sort());
  });

  test("a launch takes the expiry away: a running process is never removed (S-3)", async () => {
    await using under = await open();
    const { store } = under;
    const clock = new FakeClock(NOW);
    await ended(store, "p", NOW + 5_000);
    await using sweeper = sweeperOn(store, clock);
    await clock.untilSleeping();
    await store.processes.claim("p", ["done"], { ...anOwnerHere, leaseUntil: NOW }, { expiresAt: null });
    await ended(store, "q", NOW + 6_000);
    clock.advance(6_000);
    expect(await sweeper.removes(1)).toEqual(["q"]);
    expect(await store.processes.find("p")).toMatchObject({ state: "scheduled", expiresAt: null });
  });

  test("a tree in which something still runs stays until that has ended", async () => {
    await using under = await open();
    const { store } = under;
    const clock = new FakeClock(NOW);
    await ended(store, "p", NOW - 1);
    await store.processes.insert(aProcess("p.c", { parent: "p" }));
    const key = await claimAgain(store, "p.c");
    await using sweeper = sweeperOn(store, clock);
    await clock.untilSleeping();
    expect(sweeper.removed).toEqual([]);
    await store.asOwner(key, (tx) => transition(tx, "failed", { owner: null }));
    expect((await sweeper.removes(2)).sort()).toEqual(["p", "p.c"]);
  });
});

const anOwnerHere = { machineId: "m", bootId: "b", pid: 1, startTime: "1" };
