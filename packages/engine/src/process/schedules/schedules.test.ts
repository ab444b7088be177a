import type { ScheduleSpec } from "@optio/contract";
import { OptioError } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { FakeClock } from "../../kernel/fake-clock.test-support.ts";
import type { Logger } from "../../kernel/logger.ts";
import { silentLogger } from "../../kernel/logger.ts";
import type { Store } from "../../store/store.ts";
import { STORES } from "../../store/stores.test-support.ts";
import { aProcess } from "../../testing/store/fixtures.ts";
import { Schedules } from "./schedules.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOON = Date.parse("2026-01-01T12:00:00Z");

/** A schedule service of one engine, and what it launched, as "id@HH:MM:SS". */
function engineOn(
  store: Store,
  clock: FakeClock,
  options: { refuse?: OptioError; knows?: (id: string) => boolean; logger?: Logger } = {},
) {
  const launched: string[] = [];
  const waiters: (() => void)[] = [];
  const schedules = new Schedules({
    store,
    clock,
    logger: options.logger ?? silentLogger,
    knows: async ({ id }) => options.knows?.(id) ?? true,
    async launch(id) {
      launched.push(`${id}@${new Date(clock.now()).toISOString().slice(11, 19)}`);
      for (const wake of waiters.splice(0)) wake();
      if (options.refuse) throw options.refuse;
    },
  });
  const stop = new AbortController();
  const running = schedules.run(stop.signal);
  return {
    schedules,
    launched,
    async launches(count: number): Promise<string[]> {
      while (launched.length < count) await new Promise<void>((resolve) => waiters.push(resolve));
      return launched;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

async function define(store: Store, id: string, schedule: Partial<ScheduleSpec> | null): Promise<void> {
  const spec = schedule && ({ cron: "0 * * * *", timeZone: "UTC", misfire: "skip", ...schedule } as const);
  await store.processes.define(aProcess(id, { kind: "task", adhoc: false, session: null, schedule: spec }));
}

const nextOf = async (store: Store, id: string) => (await store.processes.find(id))?.nextFireAt;

/** Resolves when the record shows the fire. */
async function untilNext(store: Store, id: string, at: number): Promise<void> {
  for (;;) {
    const change = Promise.withResolvers<void>();
    using _ = store.onCommit(() => change.resolve());
    if ((await nextOf(store, id)) === at) return;
    await change.promise;
  }
}

describe.each(STORES)("schedules on %s", (_, open) => {
  test("a task launches at each fire of its schedule, and the record shows the next one (E-25)", async () => {
    await using under = await open();
    const clock = new FakeClock(NOON + 5 * MINUTE_MS);
    await define(under.store, "p", {});
    await using engine = engineOn(under.store, clock);
    await clock.untilSleeping();
    expect(await nextOf(under.store, "p")).toBe(NOON + HOUR_MS);
    clock.advance(55 * MINUTE_MS);
    await engine.launches(1);
    await clock.untilSleeping();
    expect(await nextOf(under.store, "p")).toBe(NOON + 2 * HOUR_MS);
    clock.advance(HOUR_MS);
    expect(await engine.launches(2)).toEqual(["p@13:00:00", "p@14:00:00"]);
  });

  test("of two engines on a store exactly one launches a fire (S-9)", async () => {
    await using under = await open();
    const clock = new FakeClock(NOON + 59 * MINUTE_MS);
    await define(under.store, "p", {});
    await using one = engineOn(under.store, clock);
    await using two = engineOn(under.store, clock);
    for (let fire = 1; fire <= 5; fire += 1) {
      await clock.untilSleeping(2);
      clock.advance(fire === 1 ? MINUTE_MS : HOUR_MS);
      await Promise.race([one.launches(1), two.launches(1)]);
      await clock.untilSleeping(2);
      expect([...one.launched, ...two.launched]).toHaveLength(fire);
    }
  });

  test("an engine leaves the fires of a task that it does not have to the others", async () => {
    await using under = await open();
    const clock = new FakeClock(NOON + 59 * MINUTE_MS);
    await define(under.store, "p", {});
    await using without = engineOn(under.store, clock, { knows: () => false });
    await using having = engineOn(under.store, clock);
    await clock.untilSleeping();
    clock.advance(MINUTE_MS);
    await having.launches(1);
    expect(without.launched).toEqual([]);
  });

  test("a refused launch is a warning with its reason, and the schedule goes on", async () => {
    await using under = await open();
    const clock = new FakeClock(NOON + 59 * MINUTE_MS);
    await define(under.store, "p", {});
    const warnings: unknown[] = [];
    const logger = { ...silentLogger, warn: (fields: unknown) => void warnings.push(fields) };
    const refuse = new OptioError("launch-blocked", "process 'p' is blocked");
    await using engine = engineOn(under.store, clock, { refuse, logger });
    await clock.untilSleeping();
    clock.advance(MINUTE_MS);
    await engine.launches(1);
    await clock.untilSleeping();
    expect(warnings).toEqual([
      { process: "p", dueAt: NOON + HOUR_MS, code: "launch-blocked", error: "process 'p' is blocked" },
    ]);
    clock.advance(HOUR_MS);
    expect(await engine.launches(2)).toHaveLength(2);
  });

  test("fires that nobody was there for are skipped, or made up for by one launch, as the schedule says (S-20)", async () => {
    await using under = await open();
    const before = new FakeClock(NOON + 30 * MINUTE_MS);
    await define(under.store, "skips", { misfire: "skip" });
    await define(under.store, "once", { misfire: "once" });
    {
      await using _engine = engineOn(under.store, before);
      await before.untilSleeping();
    }
    const clock = new FakeClock(NOON + 5 * HOUR_MS + 30 * MINUTE_MS);
    await using engine = engineOn(under.store, clock);
    await engine.launches(1);
    await clock.untilSleeping();
    expect(engine.launched).toEqual(["once@17:30:00"]);
    for (const id of ["skips", "once"]) expect(await nextOf(under.store, id)).toBe(NOON + 6 * HOUR_MS);
    clock.advance(30 * MINUTE_MS);
    await engine.launches(3);
    expect(engine.launched.slice(1).sort()).toEqual(["once@18:00:00", "skips@18:00:00"]);
  });

  test("a fire that is due as the engine starts is not missed", async () => {
    await using under = await open();
    const clock = new FakeClock(NOON + HOUR_MS + 400);
    await define(under.store, "p", {});
    await under.store.processes.takeFire("p", null, NOON + HOUR_MS);
    await using engine = engineOn(under.store, clock);
    expect(await engine.launches(1)).toEqual(["p@13:00:00"]);
  });

  test("a suspended machine's fires count as missed", async () => {
    await using under = await open();
    const clock = new FakeClock(NOON + 30 * MINUTE_MS);
    await define(under.store, "p", {});
    await using engine = engineOn(under.store, clock);
    await clock.untilSleeping();
    clock.advance(3 * HOUR_MS);
    await clock.untilSleeping();
    expect(engine.launched).toEqual([]);
    expect(await nextOf(under.store, "p")).toBe(NOON + 4 * HOUR_MS);
  });

  test("a task that loses its schedule stops firing, one that gets another follows it, once the service is woken", async () => {
    await using under = await open();
    const clock = new FakeClock(NOON + 30 * MINUTE_MS);
    await define(under.store, "loses", {});
    await define(under.store, "changes", {});
    await using engine = engineOn(under.store, clock);
    await clock.untilSleeping();
    await define(under.store, "loses", null);
    await define(under.store, "changes", { cron: "45 * * * *" });
    const followed = untilNext(under.store, "changes", NOON + 45 * MINUTE_MS);
    engine.schedules.wake();
    await followed;
    expect(await nextOf(under.store, "loses")).toBe(null);
    await clock.untilSleeping();
    clock.advance(15 * MINUTE_MS);
    await engine.launches(1);
    await clock.untilSleeping();
    clock.advance(15 * MINUTE_MS);
    await clock.untilSleeping();
    expect(engine.launched).toEqual(["changes@12:45:00"]);
  });

  test("a fire further away than a timer can hold comes at its time", async () => {
    await using under = await open();
    const clock = new FakeClock(NOON);
    await define(under.store, "p", { cron: "0 0 1 6 *" });
    await using engine = engineOn(under.store, clock);
    await clock.untilSleeping();
    clock.advance(Date.parse("2026-06-01T00:00:00Z") - NOON);
    expect(await engine.launches(1)).toEqual(["p@00:00:00"]);
  });
});
