import type { ProcessState } from "@optio/contract";
import { LAUNCHABLE_STATES, PROCESS_STATES, stateIn } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { FakeClock } from "../kernel/fake-clock.test-support.ts";
import type { Store } from "../store/store.ts";
import { aProcess, claimAgain } from "../testing/store/fixtures.ts";
import { heldBody, openProcessRoom, passGrace, STORES, untilState } from "./processes.test-support.ts";

describe.each(STORES)("on $name", ({ open }) => {
  describe("launch", () => {
    test("runs the task and ends it done, with every move in the log (E-01)", async () => {
      await using room = await openProcessRoom(open);
      const modes: unknown[] = [];
      await room.define({ execute: async (ctx) => modes.push([ctx.mode, ctx.resume, ctx.run, ctx.processId]) });
      const { processes, dispatcher, me } = await room.engine();
      expect(await processes.launch("p", { resume: false })).toMatchObject({
        state: "scheduled",
        run: 1,
        owner: { pid: me.pid, startTime: me.startTime },
      });
      expect(await room.ended()).toMatchObject({
        state: "done",
        owner: null,
        error: null,
        endedAt: expect.any(Number),
      });
      await dispatcher.settled("p");
      expect(modes).toEqual([["fresh", false, 1, "p"]]);
      expect(await room.moves()).toEqual(["idle>scheduled", "scheduled>running", "running>done"]);
    });

    test.each(PROCESS_STATES)("from %s is possible exactly when the contract says so (E-03)", async (state) => {
      await using room = await openProcessRoom(open);
      await room.define({ execute: async () => undefined });
      const { processes } = await room.engine();
      if (state !== "idle") await stand(room.store, state);
      const launch = processes.launch("p", { resume: false });
      if (stateIn(state, LAUNCHABLE_STATES)) {
        await launch;
        expect(await room.ended()).toMatchObject({ state: "done", run: state === "idle" ? 1 : 2 });
      } else {
        await expect(launch).rejects.toMatchObject({ code: "not-launchable", message: expect.stringContaining(state) });
        expect(await room.store.processes.find("p")).toMatchObject({ state, run: 1 });
      }
    });

    test("claims: of two at the same time one wins and the body runs once (S-2)", async () => {
      await using room = await openProcessRoom(open);
      let bodies = 0;
      const body = heldBody();
      await room.define({
        execute: (ctx) => {
          bodies += 1;
          return body.execute(ctx);
        },
      });
      const [one, two] = [await room.engine(), await room.engine({ me: { machineId: "another machine" } })];
      const launches = await Promise.allSettled([
        one.processes.launch("p", { resume: false }),
        two.processes.launch("p", { resume: false }),
        one.processes.launch("p", { resume: false }),
      ]);
      const refused = launches.filter((launch) => launch.status === "rejected");
      expect(refused.map((launch) => launch.reason.code)).toEqual(["not-launchable", "not-launchable"]);
      await body.begun;
      body.end(undefined);
      await room.ended();
      expect(bodies).toBe(1);
      expect((await room.store.processes.find("p"))?.run).toBe(1);
    });

    test("of what does not exist, has no task here, or cannot resume is refused, each by its code (E-04, E-05)", async () => {
      await using room = await openProcessRoom(open);
      await room.define({ execute: async () => undefined });
      await room.store.processes.insert(aProcess("orphan", { kind: "task", session: null }));
      const { processes } = await room.engine();
      const code = (id: string, resume: boolean) =>
        processes.launch(id, { resume }).then(
          () => "launched",
          (error) => error.code,
        );
      expect(await code("none", false)).toBe("not-found");
      expect(await code("orphan", false)).toBe("not-launchable");
      expect(await code("p", true)).toBe("no-resume-support");
      expect(await room.moves("orphan")).toEqual([]);
      expect(await room.moves()).toEqual([]);
    });

    test("with resume starts fresh until something was saved and says so, then resumes (E-05)", async () => {
      await using room = await openProcessRoom(open);
      const modes: string[] = [];
      await room.define({
        supportsResume: true,
        async execute(ctx) {
          modes.push(`${ctx.mode} ${ctx.resume}`);
          await ctx.platform.store.asOwner(ctx.key, (tx) => tx.patch({ hasSavedState: true }));
        },
      });
      const { processes } = await room.engine();
      await processes.launch("p", { resume: true });
      await room.ended();
      await processes.launch("p", { resume: true });
      await untilState(room.store, "p", (state) => state === "done");
      expect(modes).toEqual(["fresh false", "resume true"]);
      const { items } = await room.store.logs.list("p", { limit: 10 });
      expect(items).toMatchObject([
        {
          run: 1,
          level: "warning",
          message: "resume was asked for, but nothing was saved by an earlier run: this is a fresh start",
        },
      ]);
    });
  });

  describe("dismiss", () => {
    test("makes an ended process idle and drops its results (E-12)", async () => {
      await using room = await openProcessRoom(open);
      await room.define({
        async execute(ctx) {
          await ctx.reportProgress(50, "half");
          await ctx.platform.store.asOwner(ctx.key, (tx) => tx.patch({ hasSavedState: true }));
          throw new Error("broken");
        },
      });
      const { processes } = await room.engine();
      await expect(processes.dismiss("p")).rejects.toMatchObject({ code: "not-dismissable" });
      await processes.launch("p", { resume: false });
      expect(await room.ended()).toMatchObject({ state: "failed", hasSavedState: true, progress: { percent: 50 } });
      const dismissed = await processes.dismiss("p");
      expect(dismissed).toMatchObject({ state: "idle", error: null, progress: null, hasSavedState: false });
      await expect(processes.dismiss("p")).rejects.toMatchObject({ code: "not-dismissable" });
      await expect(processes.dismiss("none")).rejects.toMatchObject({ code: "not-found" });
    });

    test("of a running process is refused", async () => {
      await using room = await openProcessRoom(open);
      const body = heldBody();
      await room.define({ execute: body.execute });
      const { processes } = await room.engine();
      await processes.launch("p", { resume: false });
      await body.begun;
      await expect(processes.dismiss("p")).rejects.toMatchObject({ code: "not-dismissable" });
      body.end(undefined);
      await room.ended();
    });
  });

  describe("shutdown", () => {
    test("refuses new work from the first instant", async () => {
      await using room = await openProcessRoom(open);
      await room.define({ execute: async () => undefined });
      const { processes } = await room.engine();
      const shutdown = processes.shutdown({ detach: false });
      await expect(processes.launch("p", { resume: false })).rejects.toMatchObject({ code: "shutting-down" });
      await expect(processes.create(aProcess("q"))).rejects.toMatchObject({ code: "shutting-down" });
      await shutdown;
      expect(await room.store.processes.find("q")).toBeUndefined();
    });

    test("without detach ends every run as cancelled, also one that cannot be cancelled, and waits for it", async () => {
      await using room = await openProcessRoom(open);
      const bodies = [heldBody(), heldBody()];
      await room.define({ execute: (ctx) => bodies[0]?.executeHeeding(ctx) ?? Promise.resolve(), cancellable: false });
      await room.define({ id: "s", execute: (ctx) => bodies[1]?.executeHeeding(ctx) ?? Promise.resolve() }, "session");
      const { processes } = await room.engine();
      await processes.launch("p", { resume: false });
      await processes.launch("s", { resume: false });
      const contexts = await Promise.all(bodies.map((body) => body.begun));
      await processes.shutdown({ detach: false });
      for (const context of contexts) expect(context.signal.reason).toMatchObject({ code: "shutting-down" });
      expect(await room.store.processes.find("p")).toMatchObject({ state: "cancelled", owner: null });
      expect(await room.store.processes.find("s")).toMatchObject({ state: "cancelled", owner: null });
    });

    test("with detach lets go of sessions, which stay running without an owner, and ends plain tasks", async () => {
      await using room = await openProcessRoom(open);
      const plain = heldBody();
      await room.define({ execute: plain.executeHeeding });
      const begun = Promise.withResolvers<void>();
      const execute = (ctx: { detachSignal: AbortSignal }) => {
        begun.resolve();
        return new Promise((resolve) => {
          ctx.detachSignal.addEventListener("abort", () => resolve("detached"));
        });
      };
      await room.define({ id: "s", execute }, "session");
      const { processes } = await room.engine();
      await processes.launch("s", { resume: false });
      await processes.launch("p", { resume: false });
      await Promise.all([begun.promise, plain.begun]);
      await processes.shutdown({ detach: true });
      expect(await room.store.processes.find("s")).toMatchObject({ state: "running", owner: null });
      expect(await room.store.processes.find("p")).toMatchObject({ state: "cancelled", owner: null });
    });

    test("gives a run that ignores its signal its grace, then ends it by force", async () => {
      await using room = await openProcessRoom(open);
      const clock = new FakeClock();
      const body = heldBody();
      await room.define({ execute: body.execute });
      const { processes, dispatcher } = await room.engine({ clock });
      await processes.launch("p", { resume: false });
      await body.begun;
      const shutdown = processes.shutdown({ detach: false });
      await passGrace(clock, shutdown);
      await shutdown;
      expect(await room.store.processes.find("p")).toMatchObject({
        state: "failed",
        error: { code: "grace-exceeded" },
      });
      body.end(undefined);
      await dispatcher.settled("p");
    });
  });
});

/** Puts the process into the state, after one run. */
async function stand(store: Store, state: ProcessState): Promise<void> {
  const key = await claimAgain(store);
  await store.asOwner(key, (tx) => tx.setState(PROCESS_STATES, state, {}));
}
