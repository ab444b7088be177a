import { describe, expect, test } from "vitest";
import { FakeClock } from "../kernel/fake-clock.test-support.ts";
import { heldBody, openProcessRoom, STORES, untilState } from "./processes.test-support.ts";

describe.each(STORES)("the end of a run on $name", ({ open }) => {
  test("sets when a root with a time to live expires, a child's never, and a launch takes it back (E-26, S-3)", async () => {
    await using room = await openProcessRoom(open);
    const clock = new FakeClock();
    const body = heldBody();
    const child = { id: "c", name: "C", execute: async () => undefined };
    await room.define({ execute: (ctx) => (ctx.run === 1 ? ctx.runChild(child) : body.execute(ctx)) }, "task", {
      ttlSeconds: 60,
    });
    const { processes } = await room.engine({ clock });
    await processes.launch("p", { resume: false });
    expect(await room.ended()).toMatchObject({ endedAt: clock.now(), expiresAt: clock.now() + 60_000 });
    expect(await room.store.processes.find("p.c")).toMatchObject({ state: "done", expiresAt: null });
    await processes.launch("p", { resume: false });
    await body.begun;
    expect(await room.store.processes.find("p")).toMatchObject({ state: "running", expiresAt: null });
    body.end(undefined);
    await untilState(room.store, "p", (state) => state === "done");
    await processes.dismiss("p");
    expect(await room.store.processes.find("p")).toMatchObject({ state: "idle", expiresAt: null });
  });

  test("says of an error without words at least its class, and of any in the log (E-02, S-21)", async () => {
    await using room = await openProcessRoom(open);
    class Broken extends Error {}
    const errors = [new TypeError(), new Broken(), new Error("words")];
    await room.define({ execute: (ctx) => Promise.reject(errors[ctx.run - 1]) });
    const { processes } = await room.engine();
    const messages = ["TypeError without a message", "Broken without a message", "words"];
    for (const message of messages) {
      await processes.launch("p", { resume: false });
      expect(await untilState(room.store, "p", (state) => state === "failed")).toMatchObject({
        state: "failed",
        error: { code: "task-failed", message },
        endedAt: expect.any(Number),
        startedAt: expect.any(Number),
      });
    }
    const { items } = await room.store.logs.list("p", { limit: 10, level: "error" });
    expect(items.map(({ message, run }) => [message, run])).toEqual(
      messages.map((message, index) => [message, index + 1]),
    );
  });

  test("of an ephemeral process takes its record and its descendants with it (E-27)", async () => {
    await using room = await openProcessRoom(open);
    const removed: string[] = [];
    const child = { id: "c", name: "C", execute: async () => undefined };
    await room.define({
      async execute(ctx) {
        await ctx.markEphemeral();
        await ctx.runChild(child);
      },
    });
    const { processes } = await room.engine({
      parts: {
        onRemoved: async (ids) => {
          removed.push(...ids);
        },
      },
    });
    const { ended } = await processes.launchRun("p", { resume: false });
    // who waits for the run gets its record although it is gone (S-16)
    expect(await ended).toMatchObject({ state: "done", record: { id: "p", state: "done" } });
    expect(await room.store.processes.find("p")).toBeUndefined();
    expect(await room.store.processes.find("p.c")).toBeUndefined();
    expect(removed.sort()).toEqual(["p", "p.c"]);
  });

  test("that the store refuses for a moment is written at the next tick", async () => {
    await using room = await openProcessRoom(open);
    const body = heldBody();
    await room.define({ execute: body.execute });
    const { services } = await room.engine();
    let isBroken = false;
    const store: typeof room.store = {
      ...room.store,
      asOwner: (key, work) => (isBroken ? Promise.reject(new Error("disk full")) : room.store.asOwner(key, work)),
    };
    const { processes } = await room.engine({ parts: { services: { ...services, store } } });
    const { ended } = await processes.launchRun("p", { resume: false });
    await body.begun;
    isBroken = true;
    body.end(undefined);
    expect(await ended).toMatchObject({ state: "done" });
    expect(await room.store.processes.find("p")).toMatchObject({ state: "running" });
    isBroken = false;
    await processes.adoptOrphans();
    expect(await room.store.processes.find("p")).toMatchObject({ state: "done", owner: null });
  });
});
