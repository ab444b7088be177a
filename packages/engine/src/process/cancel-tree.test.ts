import { describe, expect, test } from "vitest";
import { FakeClock } from "../kernel/fake-clock.test-support.ts";
import type { ChildTask } from "./children.ts";
import type { ProcessRoom } from "./processes.test-support.ts";
import { heldBody, openProcessRoom, passGrace, STORES } from "./processes.test-support.ts";
import type { TaskDefinition } from "./task.ts";

function child(id: string, execute: ChildTask["execute"], more: Partial<ChildTask> = {}): ChildTask {
  return { id, name: id.toUpperCase(), execute, ...more };
}

/** A parent "p" whose children run side by side, each in the test's hand. */
async function openFamily(
  room: ProcessRoom,
  children: readonly ChildTask[],
  parent: Partial<TaskDefinition> & { readonly clock?: FakeClock } = {},
) {
  const { clock, ...task } = parent;
  await room.define({
    execute: async (ctx) => {
      await Promise.all(children.map((given) => ctx.runChild(given, { surviveFailure: true, surviveCancel: true })));
    },
    ...task,
  });
  const engine = await room.engine(clock ? { clock } : {});
  await engine.processes.launch("p", { resume: false });
  return engine;
}

describe.each(STORES)("a cancel of a tree on $name", ({ open }) => {
  test("reaches the children at once, by one deadline for all (E-10)", async () => {
    await using room = await openProcessRoom(open);
    const clock = new FakeClock();
    const bodies = [heldBody(), heldBody(), heldBody()] as const;
    const grandchild = child("c", bodies[2].execute);
    const { processes } = await openFamily(
      room,
      [
        child("a", bodies[0].executeHeeding),
        child("b", async (ctx) => {
          const running = ctx.runChild(grandchild, { surviveFailure: true, surviveCancel: true });
          await bodies[1].execute(ctx);
          await running;
        }),
      ],
      { clock },
    );
    const contexts = await Promise.all(bodies.map((body) => body.begun));
    expect(await processes.cancel("p")).toMatchObject({ state: "cancel_requested" });
    for (const context of contexts) expect(context.signal.reason).toMatchObject({ code: "cancelled" });
    expect(await room.ended("p.a")).toMatchObject({ state: "cancelled" });
    clock.advance(4_000);
    // a late cancel of one of them refreshes nothing (E-09)
    await expect(processes.cancel("p.b.c")).rejects.toMatchObject({ code: "not-cancellable" });
    await passGrace(clock, room.ended(), 1_000);
    for (const id of ["p", "p.b", "p.b.c"]) {
      expect(await room.ended(id)).toMatchObject({ state: "failed", error: { code: "grace-exceeded" }, owner: null });
    }
    for (const body of bodies) body.end(undefined);
  });

  test("leaves the children of a task that ends them itself to it, and takes them by force with it (E-10)", async () => {
    await using room = await openProcessRoom(open);
    const clock = new FakeClock();
    const body = heldBody();
    const { processes } = await openFamily(room, [child("a", body.executeHeeding)], {
      autoCancelChildren: false,
      clock,
    });
    const { signal } = await body.begun;
    await processes.cancel("p");
    expect(signal.aborted).toBe(false);
    expect(await room.store.processes.find("p.a")).toMatchObject({ state: "running" });
    await passGrace(clock, room.ended());
    const [parent, below] = [await room.ended(), await room.ended("p.a")];
    expect(parent).toMatchObject({ state: "failed", error: { code: "grace-exceeded" } });
    expect(below).toMatchObject({ state: "failed", error: { code: "grace-exceeded" } });
    body.end(undefined);
  });

  test("lets such a task start and end children within its grace", async () => {
    await using room = await openProcessRoom(open);
    const begun = Promise.withResolvers<void>();
    await room.define({
      autoCancelChildren: false,
      async execute(ctx) {
        begun.resolve();
        await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
        await ctx.runChild(child("clean-up", async () => undefined));
      },
    });
    const { processes } = await room.engine();
    await processes.launch("p", { resume: false });
    await begun.promise;
    await processes.cancel("p");
    expect(await room.ended()).toMatchObject({ state: "cancelled" });
    expect(await room.ended("p.clean-up")).toMatchObject({ state: "done" });
  });

  test("gives the whole tree a session's grace when one runs in it, and the session's end is waited for", async () => {
    await using room = await openProcessRoom(open);
    const clock = new FakeClock();
    const body = heldBody();
    const session = { agent: "agent", model: null, scripted: true };
    const { processes } = await openFamily(room, [child("s", body.execute, { session })], { clock });
    await body.begun;
    await processes.cancel("p");
    await clock.untilSleeping();
    clock.advance(59_000);
    expect(await room.store.processes.find("p")).toMatchObject({ state: "cancelling" });
    body.end(undefined);
    expect(await room.ended("p.s")).toMatchObject({ state: "cancelled" });
    expect(await room.ended()).toMatchObject({ state: "cancelled" });
  });

  test("ends many stubborn runs side by side, not one after the other (S-13)", async () => {
    await using room = await openProcessRoom(open);
    const clock = new FakeClock();
    const bodies = Array.from({ length: 10 }, () => heldBody());
    const { processes } = await openFamily(
      room,
      bodies.map((body, index) => child(`c${index}`, body.execute)),
      { clock },
    );
    await Promise.all(bodies.map((body) => body.begun));
    await processes.cancel("p");
    const ended = Promise.all(["p", ...bodies.map((_, index) => `p.c${index}`)].map((id) => room.ended(id)));
    await clock.untilSleeping();
    clock.advance(5_000);
    // all of them are in their shield time at once: it passes once
    await clock.untilSleeping(bodies.length + 1);
    clock.advance(2_000);
    expect((await ended).map(({ error }) => error?.code)).toEqual(Array(bodies.length + 1).fill("grace-exceeded"));
    for (const body of bodies) body.end(undefined);
  });

  test("whose parent heeded it and waited for a stubborn child leaves the parent cancelled", async () => {
    await using room = await openProcessRoom(open);
    const clock = new FakeClock();
    const body = heldBody();
    await room.define({
      async execute(ctx) {
        void ctx.runChild(child("a", body.execute));
        await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve));
      },
    });
    const { processes } = await room.engine({ clock });
    await processes.launch("p", { resume: false });
    await body.begun;
    await processes.cancel("p");
    await clock.untilSleeping(2);
    clock.advance(5_000);
    await clock.untilSleeping();
    clock.advance(2_000);
    expect(await room.ended("p.a")).toMatchObject({ state: "failed", error: { code: "grace-exceeded" } });
    expect(await room.ended()).toMatchObject({ state: "cancelled", error: null });
    body.end(undefined);
  });

  test("ended by force starts nothing below it any more, whatever its body tries", async () => {
    await using room = await openProcessRoom(open);
    const clock = new FakeClock();
    const body = heldBody();
    await room.define({ autoCancelChildren: false, execute: body.execute });
    const { processes } = await room.engine({ clock });
    await processes.launch("p", { resume: false });
    const context = await body.begun;
    await processes.cancel("p");
    await passGrace(clock, room.ended());
    await expect(context.runChild(child("late", async () => undefined))).rejects.toMatchObject({ code: "stale-owner" });
    await expect(context.log("info", "late")).rejects.toThrow();
    expect(() => context.publishResult({})).toThrow();
    body.end(undefined);
    expect(await room.store.processes.find("p.late")).toBeUndefined();
  });
});

describe.each(STORES)("an end by force on $name", ({ open }) => {
  test("writes the last progress first and removes what is ephemeral, as any end does (S-18, E-27)", async () => {
    await using room = await openProcessRoom(open);
    const clock = new FakeClock();
    const bodies = [heldBody(), heldBody()] as const;
    await room.define({ execute: bodies[0].execute });
    await room.define({ id: "e", execute: bodies[1].execute });
    const { processes } = await room.engine({ clock });
    for (const id of ["p", "e"]) await processes.launch(id, { resume: false });
    const [context, ephemeral] = await Promise.all(bodies.map((body) => body.begun));
    await ephemeral?.markEphemeral();
    await context?.reportProgress(10);
    void context?.reportProgress(20);
    void context?.reportProgress(30);
    const gone = Promise.withResolvers<void>();
    using _ = room.store.onCommit(({ processId, removed }) => {
      if (processId === "e" && removed) gone.resolve();
    });
    for (const id of ["p", "e"]) await processes.cancel(id);
    await passGrace(clock, Promise.all([room.ended(), gone.promise]));
    expect(await room.store.processes.find("p")).toMatchObject({ state: "failed", progress: { percent: 30 } });
    expect(await room.store.processes.find("e")).toBeUndefined();
    for (const body of bodies) body.end(undefined);
  });
});
