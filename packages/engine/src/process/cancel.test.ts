import { describe, expect, test } from "vitest";
import { FakeClock } from "../kernel/fake-clock.test-support.ts";
import { claimAgain } from "../testing/store/fixtures.ts";
import { heldBody, openProcessRoom, passGrace, STORES, untilState } from "./processes.test-support.ts";
import type { ProcessContext } from "./task.ts";

describe.each(STORES)("on $name", ({ open }) => {
  test("a running run hears of its cancel and ends cancelled (E-06)", async () => {
    await using room = await openProcessRoom(open);
    const body = heldBody();
    await room.define({ execute: body.executeHeeding });
    const { processes } = await room.engine();
    await processes.launch("p", { resume: false });
    const { signal } = await body.begun;
    expect(await processes.cancel("p")).toMatchObject({ state: "cancel_requested" });
    expect(signal.reason).toMatchObject({ code: "cancelled", message: "process 'p' was cancelled" });
    expect(await room.ended()).toMatchObject({ state: "cancelled", error: null, owner: null });
    expect(await room.moves()).toEqual([
      "idle>scheduled",
      "scheduled>running",
      "running>cancel_requested",
      "cancel_requested>cancelling",
      "cancelling>cancelled",
    ]);
  });

  test("a scheduled run is cancelled at once and its body never runs (E-06, S-2)", async () => {
    await using room = await openProcessRoom(open);
    const first = heldBody();
    let bodies = 0;
    const execute = (ctx: ProcessContext) => {
      bodies += 1;
      return first.execute(ctx);
    };
    await room.define({ execute }, "session");
    const clock = new FakeClock();
    const { processes, dispatcher } = await room.engine({ clock });
    await processes.launch("p", { resume: false });
    await first.begun;
    await processes.cancel("p");
    await passGrace(clock, room.ended(), 60_000);
    await room.ended();
    // the body of a session may still tear down: the next one waits for it
    await processes.launch("p", { resume: false });
    expect(await processes.cancel("p")).toMatchObject({ state: "cancelled", owner: null, endedAt: expect.any(Number) });
    first.end(undefined);
    await dispatcher.settled("p");
    expect(bodies).toBe(1);
    expect((await room.moves()).slice(-2)).toEqual(["failed>scheduled", "scheduled>cancelled"]);
  });

  test("a second cancel, and one of what does not run or may not be cancelled, is refused (E-09, E-11)", async () => {
    await using room = await openProcessRoom(open);
    const [one, two] = [heldBody(), heldBody()];
    await room.define({ execute: one.execute });
    await room.define({ id: "q", cancellable: false, execute: two.execute });
    const { processes } = await room.engine();
    const refused = { code: "not-cancellable" };
    await expect(processes.cancel("p")).rejects.toMatchObject(refused);
    await processes.launch("p", { resume: false });
    await processes.launch("q", { resume: false });
    await Promise.all([one.begun, two.begun]);
    const cancels = await Promise.allSettled([processes.cancel("p"), processes.cancel("p")]);
    expect(cancels.map((cancel) => cancel.status)).toEqual(["fulfilled", "rejected"]);
    await expect(processes.cancel("p")).rejects.toMatchObject(refused);
    await expect(processes.cancel("q")).rejects.toMatchObject({
      message: "process 'q' is running and not cancellable",
    });
    await expect(processes.cancel("none")).rejects.toMatchObject({ code: "not-found" });
    one.end(undefined);
    two.end(undefined);
    expect(await room.ended()).toMatchObject({ state: "cancelled" });
    expect(await room.ended("q")).toMatchObject({ state: "done" });
    await expect(processes.cancel("p")).rejects.toMatchObject(refused);
  });

  test("a run that does not stop within its grace ends by force, and what it writes later is refused (E-07, S-1)", async () => {
    await using room = await openProcessRoom(open);
    const clock = new FakeClock();
    const body = heldBody();
    await room.define({ execute: body.execute });
    const { processes, dispatcher, results } = await room.engine({ clock });
    await processes.launch("p", { resume: false });
    const context = await body.begun;
    context.publishResult({});
    await processes.cancel("p");
    await clock.untilSleeping();
    clock.advance(4_999);
    expect((await room.store.processes.find("p"))?.state).toBe("cancelling");
    await passGrace(clock, room.ended(), 1);
    expect(await room.ended()).toMatchObject({ state: "failed", error: { code: "grace-exceeded" }, owner: null });
    expect((await room.moves()).at(-1)).toBe("cancelling>failed (grace-exceeded)");
    expect(results.find("p")).toBeUndefined();
    await expect(context.log("info", "still here")).rejects.toMatchObject({ code: "stale-owner" });
    await expect(context.reportProgress(99)).rejects.toMatchObject({ code: "stale-owner" });
    body.end("late");
    await dispatcher.settled("p");
    expect(await room.store.processes.find("p")).toMatchObject({ state: "failed", error: { code: "grace-exceeded" } });
  });

  test("a session has the longer grace of its teardown", async () => {
    await using room = await openProcessRoom(open);
    const clock = new FakeClock();
    const body = heldBody();
    await room.define({ execute: body.execute }, "session");
    const { processes, dispatcher } = await room.engine({ clock });
    await processes.launch("p", { resume: false });
    await body.begun;
    await processes.cancel("p");
    await clock.untilSleeping();
    clock.advance(59_999);
    expect((await room.store.processes.find("p"))?.state).toBe("cancelling");
    await passGrace(clock, room.ended(), 1);
    expect(await room.ended()).toMatchObject({ error: { code: "grace-exceeded" } });
    body.end(undefined);
    await dispatcher.settled("p");
  });

  test("a plain run that hangs for ever does not keep the next one from starting, nor does its grace end it", async () => {
    await using room = await openProcessRoom(open);
    const clock = new FakeClock();
    const [stubborn, next] = [heldBody(), heldBody()];
    await room.define({ execute: (ctx) => (ctx.run === 1 ? stubborn : next).execute(ctx) });
    const { processes } = await room.engine({ clock });
    await processes.launch("p", { resume: false });
    await stubborn.begun;
    await processes.cancel("p");
    await passGrace(clock, room.ended());
    expect(await room.ended()).toMatchObject({ state: "failed", error: { code: "grace-exceeded" } });
    await processes.launch("p", { resume: false });
    const context = await next.begun;
    stubborn.end(undefined);
    clock.advance(60_000);
    expect(context.signal.aborted).toBe(false);
    next.end(undefined);
    expect(await untilState(room.store, "p", (state) => state === "done")).toMatchObject({ run: 2, error: null });
  });

  test("a cancel asked of another server reaches the owner at its next look", async () => {
    await using room = await openProcessRoom(open);
    const body = heldBody();
    await room.define({ execute: body.executeHeeding });
    const owner = await room.engine();
    const other = await room.engine({ me: { machineId: "another machine" } });
    await owner.processes.launch("p", { resume: false });
    await body.begun;
    await other.processes.cancel("p");
    expect((await room.store.processes.find("p"))?.state).toBe("cancel_requested");
    await owner.processes.adoptOrphans();
    expect(await room.ended()).toMatchObject({ state: "cancelled" });
  });

  test("a cancel after the body ended keeps the end it had (E-08)", async () => {
    await using room = await openProcessRoom(open);
    await room.define({ execute: async () => undefined });
    const { processes } = await room.engine();
    const key = await claimAgain(room.store);
    await room.store.asOwner(key, (tx) => tx.setState(["scheduled"], "done", {}));
    await expect(processes.cancel("p")).rejects.toMatchObject({ code: "not-cancellable" });
    expect((await room.store.processes.find("p"))?.state).toBe("done");
  });
});
