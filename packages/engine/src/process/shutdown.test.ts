import { describe, expect, test } from "vitest";
import { FakeClock } from "../kernel/fake-clock.test-support.ts";
import { heldBody, openProcessRoom, passGrace, STORES } from "./processes.test-support.ts";

describe.each(STORES)("a shutdown on $name", ({ open }) => {
  test("tells every run at once, drains those that heed it and ends the others by force (E-21)", async () => {
    await using room = await openProcessRoom(open);
    const clock = new FakeClock();
    const bodies = [heldBody(), heldBody(), heldBody()] as const;
    const [heeds, stubborn, below] = bodies;
    await room.define({ id: "heeds", execute: heeds.executeHeeding, cancellable: false });
    await room.define({
      id: "stubborn",
      autoCancelChildren: false,
      async execute(ctx) {
        await Promise.all([ctx.runChild({ id: "c", name: "C", execute: below.execute }), stubborn.execute(ctx)]);
      },
    });
    const { processes } = await room.engine({ clock });
    for (const id of ["heeds", "stubborn"]) await processes.launch(id, { resume: false });
    const contexts = await Promise.all(bodies.map((body) => body.begun));
    const shutdown = processes.shutdown({ detach: false });
    expect(await room.ended("heeds")).toMatchObject({ state: "cancelled", owner: null });
    for (const { signal } of contexts) expect(signal.reason).toMatchObject({ code: "shutting-down" });
    await passGrace(clock, shutdown);
    for (const id of ["stubborn", "stubborn.c"]) {
      expect(await room.store.processes.find(id)).toMatchObject({ state: "failed", error: { code: "grace-exceeded" } });
    }
    // no states between: fewer writes at the end
    expect((await room.moves("heeds")).slice(-1)).toEqual(["running>cancelled"]);
    for (const body of bodies) body.end(undefined);
    await expect(processes.launch("heeds", { resume: false })).rejects.toMatchObject({ code: "shutting-down" });
  });

  test("stamps root runs of tasks that resume by themselves, before they are told, and no others (E-20)", async () => {
    await using room = await openProcessRoom(open);
    const clock = new FakeClock();
    const bodies = { p: heldBody(), plain: heldBody(), stubborn: heldBody(), cancelled: heldBody() } as const;
    const resuming = { supportsResume: true, autoResume: true };
    await room.define({
      ...resuming,
      async execute(ctx) {
        try {
          await bodies.p.executeHeeding(ctx);
        } finally {
          await ctx.markSavedState();
        }
      },
    });
    await room.define({ id: "plain", execute: bodies.plain.executeHeeding });
    await room.define({ id: "stubborn", ...resuming, execute: bodies.stubborn.execute });
    await room.define({ id: "cancelled", ...resuming, execute: bodies.cancelled.execute });
    const { processes } = await room.engine({ clock });
    for (const id of Object.keys(bodies)) await processes.launch(id, { resume: false });
    await Promise.all(Object.values(bodies).map((body) => body.begun));
    await processes.cancel("cancelled");
    const shutdown = processes.shutdown({ detach: false });
    bodies.cancelled.end(undefined);
    await Promise.all(["p", "plain", "cancelled"].map((id) => room.ended(id)));
    await passGrace(clock, shutdown);
    const of = async (id: string) => room.store.processes.find(id);
    expect(await of("p")).toMatchObject({ state: "cancelled", autoResumeStamped: true, hasSavedState: true });
    expect(await of("plain")).toMatchObject({ state: "cancelled", autoResumeStamped: false });
    // what was ended by force is failed, and is not resumed
    expect(await of("stubborn")).toMatchObject({ state: "failed", autoResumeStamped: false });
    expect(await of("cancelled")).toMatchObject({ state: "cancelled", autoResumeStamped: false });
    bodies.stubborn.end(undefined);
    await room.store.processes.find("p");
    const next = await room.engine();
    await next.processes.launch("p", { resume: true });
    expect(await of("p")).toMatchObject({ autoResumeStamped: false });
    await next.processes.shutdown({ detach: false });
  });

  test("is one, however often it is asked for", async () => {
    await using room = await openProcessRoom(open);
    const { processes } = await room.engine();
    expect(processes.shutdown({ detach: false })).toBe(processes.shutdown({ detach: true }));
    await processes.shutdown({ detach: false });
  });
});
