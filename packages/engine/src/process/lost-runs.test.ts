import { describe, expect, test } from "vitest";
import { FakeClock } from "../kernel/fake-clock.test-support.ts";
import { LEASE_MS } from "./ownership.ts";
import { heldBody, openProcessRoom, STORES } from "./processes.test-support.ts";
import { PROCESS_TIMINGS } from "./processes.ts";
import type { ProcessContext } from "./task.ts";

describe.each(STORES)("a plain run that its owner lost while it slept, on $name", ({ open }) => {
  test("is aborted when the process is launched there again, which begins once the body has unwound", async () => {
    await using room = await openProcessRoom(open);
    const { sleeper, first, second } = await loseRun(room, "heeding");
    await sleeper.processes.launch("p", { resume: false });
    const context = await first.begun;
    expect(context.signal.reason).toMatchObject({ code: "stale-owner" });
    expect((await second.begun).run).toBe(2);
    second.end(undefined);
    expect(await room.ended()).toMatchObject({ state: "done", run: 2 });
  });

  test("does not hold up the next run beyond the shield time although its body ignores the abort", async () => {
    await using room = await openProcessRoom(open);
    const { sleeper, first, second, clock } = await loseRun(room, "stubborn");
    await sleeper.processes.launch("p", { resume: false });
    await clock.untilSleeping();
    clock.advance(PROCESS_TIMINGS.forceShieldMs);
    expect((await second.begun).run).toBe(2);
    first.end(undefined);
    second.end(undefined);
    expect(await room.ended()).toMatchObject({ state: "done", run: 2 });
  });
});

/** A run that another engine took and ended, of which its own engine has not heard yet. */
async function loseRun(room: Awaited<ReturnType<typeof openProcessRoom>>, style: "heeding" | "stubborn") {
  const [first, second] = [heldBody(), heldBody()];
  const bodies = [style === "heeding" ? first.executeHeeding : first.execute, second.execute];
  await room.define({ execute: (ctx: ProcessContext) => (bodies.shift() ?? first.execute)(ctx) });
  const clock = new FakeClock();
  const sleeper = await room.engine({ clock });
  const other = await room.engine({ clock, me: { machineId: "another machine" } });
  await sleeper.processes.launch("p", { resume: false });
  await first.begun;
  clock.advance(LEASE_MS);
  await other.processes.adoptOrphans();
  expect(await room.ended()).toMatchObject({ state: "failed", error: { code: "interrupted-by-restart" } });
  return { sleeper, first, second, clock };
}
