import { OptioError } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { FakeClock } from "../kernel/fake-clock.test-support.ts";
import { silentLogger } from "../kernel/logger.ts";
import type { Store } from "../store/store.ts";
import { STORES } from "../store/stores.test-support.ts";
import { claimed } from "../testing/store/fixtures.ts";
import { AUTO_RESUME_DELAY_MS, runAutoResume } from "./auto-resume.ts";
import { transition } from "./transition.ts";

/** A process that a shutdown stopped. */
async function stopped(
  store: Store,
  id: string,
  { state = "cancelled", hasSavedState = true }: { state?: "cancelled" | "failed"; hasSavedState?: boolean } = {},
): Promise<void> {
  const key = await claimed(store, id);
  await store.asOwner(key, async (tx) => {
    await transition(tx, "running");
    await transition(tx, state, { owner: null, hasSavedState, autoResumeStamped: true });
  });
}

function resumeOn(store: Store, clock: FakeClock, options: { refuse?: string; knows?: (id: string) => boolean } = {}) {
  const resumed: string[] = [];
  const stop = new AbortController();
  const done = runAutoResume(
    {
      store,
      clock,
      logger: silentLogger,
      delayMs: AUTO_RESUME_DELAY_MS,
      knows: async ({ id }) => options.knows?.(id) ?? true,
      async resume(id) {
        resumed.push(id);
        if (id === options.refuse) throw new OptioError("launch-blocked", "blocked");
      },
    },
    stop.signal,
  );
  return { resumed, done, stop: () => stop.abort() };
}

const stampsOf = async (store: Store) => (await store.processes.listStamped()).map(({ id }) => id).sort();

describe.each(STORES)("auto-resume on %s", (_, open) => {
  test("what the last shutdown stopped is resumed once, 300 s after the start; a refused one loses its stamp (E-20)", async () => {
    await using under = await open();
    const clock = new FakeClock();
    for (const id of ["a", "b", "blocked"]) await stopped(under.store, id);
    const engine = resumeOn(under.store, clock, { refuse: "blocked" });
    await clock.untilSleeping();
    clock.advance(299_999);
    expect(engine.resumed).toEqual([]);
    clock.advance(1);
    await engine.done;
    expect(engine.resumed.sort()).toEqual(["a", "b", "blocked"]);
    expect(await stampsOf(under.store)).toEqual([]);
  });

  test("what has no saved state or was not cancelled is not resumed, and loses its stamp", async () => {
    await using under = await open();
    const clock = new FakeClock();
    await stopped(under.store, "unsaved", { hasSavedState: false });
    await stopped(under.store, "failed", { state: "failed" });
    const engine = resumeOn(under.store, clock);
    await clock.untilSleeping();
    clock.advance(AUTO_RESUME_DELAY_MS);
    await engine.done;
    expect(engine.resumed).toEqual([]);
    expect(await stampsOf(under.store)).toEqual([]);
  });

  test("an engine that stops before its delay is over leaves the stamps to the next one", async () => {
    await using under = await open();
    const clock = new FakeClock();
    await stopped(under.store, "a");
    const engine = resumeOn(under.store, clock);
    await clock.untilSleeping();
    engine.stop();
    await engine.done;
    expect(await stampsOf(under.store)).toEqual(["a"]);
  });

  test("of two engines one resumes, and what an engine does not have is left to the other", async () => {
    await using under = await open();
    const clock = new FakeClock();
    for (const id of ["a", "b", "only-one"]) await stopped(under.store, id);
    const one = resumeOn(under.store, clock);
    const two = resumeOn(under.store, clock, { knows: (id) => id !== "only-one" });
    await clock.untilSleeping(2);
    clock.advance(AUTO_RESUME_DELAY_MS);
    await Promise.all([one.done, two.done]);
    expect([...one.resumed, ...two.resumed].sort()).toEqual(["a", "b", "only-one"]);
    expect(two.resumed).not.toContain("only-one");
  });
});
