import { describe, expect, test } from "vitest";
import type { FakeClock as Clock } from "../kernel/fake-clock.test-support.ts";
import { FakeClock } from "../kernel/fake-clock.test-support.ts";
import type { Owner } from "../store/store.ts";
import { LEASE_MS } from "./ownership.ts";
import type { ProcessRoom } from "./processes.test-support.ts";
import { heldBody, openProcessRoom, STORES } from "./processes.test-support.ts";
import type { ProcessContext, TaskDefinition } from "./task.ts";

const session: TaskDefinition["session"] = { agent: "agent", model: null, scripted: true };
/** No pid of this machine is that large: an owner that is gone. */
const GONE = 2 ** 22 + 1;

/** Claims a process by hand for an owner that works on nothing. */
async function leftBy(room: ProcessRoom, owner: Partial<Owner>, running = true, id = "p") {
  const { me } = await room.engine();
  const full = { ...me, leaseUntil: Date.now() + LEASE_MS, ...owner };
  const record = await room.store.processes.claim(id, ["idle"], full, {});
  if (!record) throw new Error("the process cannot be claimed");
  const key = { processId: id, run: record.run, epoch: record.epoch };
  if (running) await room.store.asOwner(key, (tx) => tx.setState(["scheduled"], "running", {}));
  return key;
}

describe.each(STORES)("on $name", ({ open }) => {
  describe("a run whose owner on this machine is gone", () => {
    test("is taken over at once, as the same run with a new epoch", async () => {
      await using room = await openProcessRoom(open);
      const body = heldBody();
      await room.define({ session, execute: body.execute }, "session");
      const key = await leftBy(room, { pid: GONE });
      const { processes, me } = await room.engine();
      await processes.adoptOrphans();
      const context = await body.begun;
      expect(context).toMatchObject({ mode: "adopt", resume: false, run: 1 });
      expect(context.key.epoch).toBe(key.epoch + 1);
      expect((await room.store.processes.find("p"))?.owner).toMatchObject({ pid: me.pid, machineId: me.machineId });
      body.end(undefined);
      expect(await room.ended()).toMatchObject({ state: "done", run: 1 });
    });

    test("starts its body when it had only been scheduled, a plain task too", async () => {
      await using room = await openProcessRoom(open);
      const modes: string[] = [];
      await room.define({ execute: async (ctx) => modes.push(ctx.mode) });
      await leftBy(room, { pid: GONE }, false);
      await (await room.engine()).processes.adoptOrphans();
      expect(await room.ended()).toMatchObject({ state: "done" });
      expect(modes).toEqual(["fresh"]);
    });

    test("fails when it is a plain task that ran: nobody can pick it up", async () => {
      await using room = await openProcessRoom(open);
      let bodies = 0;
      await room.define({
        execute: async () => {
          bodies += 1;
        },
      });
      await leftBy(room, { pid: GONE });
      await (await room.engine()).processes.adoptOrphans();
      expect(await room.ended()).toMatchObject({
        state: "failed",
        owner: null,
        error: { code: "interrupted-by-restart" },
        endedAt: expect.any(Number),
      });
      expect((await room.moves()).at(-1)).toBe("running>failed (interrupted-by-restart)");
      expect(bodies).toBe(0);
    });

    test("is cancelled when that was asked meanwhile: a plain task at once, a session by its teardown", async () => {
      await using room = await openProcessRoom(open);
      const body = heldBody();
      await room.define({ execute: async () => undefined });
      await room.define({ id: "s", session, execute: body.executeHeeding }, "session");
      await leftBy(room, { pid: GONE });
      await leftBy(room, { pid: GONE }, true, "s");
      const { processes } = await room.engine();
      await processes.cancel("p");
      await processes.cancel("s");
      await processes.adoptOrphans();
      expect(await room.ended()).toMatchObject({ state: "cancelled" });
      expect(await room.ended("s")).toMatchObject({ state: "cancelled", owner: null });
      expect((await body.begun).mode).toBe("adopt");
    });

    test("fails alone when its task cannot be read, and the others are taken over", async () => {
      await using room = await openProcessRoom(open);
      const body = heldBody();
      await room.define({ id: "a", session, execute: body.execute }, "session");
      await room.define({ id: "b", session, execute: body.execute }, "session");
      await leftBy(room, { pid: GONE }, true, "a");
      await leftBy(room, { pid: GONE }, true, "b");
      const { processes } = await room.engine({ unreadable: "a" });
      await processes.adoptOrphans();
      expect(await room.ended("a")).toMatchObject({ state: "failed", error: { code: "internal" }, owner: null });
      await body.begun;
      body.end(undefined);
      expect(await room.ended("b")).toMatchObject({ state: "done" });
    });
  });

  describe("a run with a living owner", () => {
    test("is left alone by other engines of the machine", async () => {
      await using room = await openProcessRoom(open);
      const body = heldBody();
      let bodies = 0;
      const execute = (ctx: ProcessContext) => {
        bodies += 1;
        return body.execute(ctx);
      };
      await room.define({ session, execute }, "session");
      const [owner, other] = [await room.engine(), await room.engine({ me: { pid: process.ppid } })];
      await owner.processes.launch("p", { resume: false });
      await body.begun;
      await other.processes.adoptOrphans();
      await owner.processes.adoptOrphans();
      expect(bodies).toBe(1);
      expect(other.dispatcher.running()).toEqual([]);
      expect(await room.store.processes.find("p")).toMatchObject({ epoch: 1, owner: { pid: process.pid } });
      body.end(undefined);
      await room.ended();
    });

    test("on another machine is taken over when its lease is over, and what it writes then is refused", async () => {
      await using room = await openProcessRoom(open);
      const { contexts, end } = await defineCounted(room);
      const clock = new FakeClock();
      const here = await room.engine({ clock });
      const there = await room.engine({ clock, me: { machineId: "another machine" } });
      await here.processes.launch("p", { resume: false });
      const [first] = await contexts(1);
      clock.advance(LEASE_MS - 1);
      await there.processes.adoptOrphans();
      expect(there.dispatcher.isRunning("p")).toBe(false);
      clock.advance(1);
      await there.processes.adoptOrphans();
      const [, second] = await contexts(2);
      expect(second).toMatchObject({ mode: "adopt", run: 1 });
      await expect(first?.log("info", "I still own it")).rejects.toMatchObject({ code: "stale-owner" });
      await second?.log("info", "now I do");
      end();
      await room.ended();
      const { items: lines } = await room.store.logs.list("p", { limit: 10 });
      expect(lines.map((line) => line.message)).toEqual(["now I do"]);
    });

    test("keeps it as long as it renews its lease", async () => {
      await using room = await openProcessRoom(open);
      const { contexts, end } = await defineCounted(room);
      const clock = new FakeClock();
      const here = await room.engine({ clock });
      const there = await room.engine({ clock, me: { machineId: "another machine" } });
      await here.processes.launch("p", { resume: false });
      await contexts(1);
      for (let tick = 0; tick < 5; tick += 1) await renewAndLook(clock, here, there);
      expect(there.dispatcher.running()).toEqual([]);
      end();
      await room.ended();
    });
  });

  test("a detached run is taken over by the next engine although its owner lives", async () => {
    await using room = await openProcessRoom(open);
    const { contexts, end } = await defineCounted(room);
    const first = await room.engine();
    await first.processes.launch("p", { resume: false });
    await contexts(1);
    await first.processes.shutdown({ detach: true });
    const next = await room.engine();
    await next.processes.adoptOrphans();
    expect((await contexts(2)).map((context) => context.mode)).toEqual(["fresh", "adopt"]);
    end();
    expect(await room.ended()).toMatchObject({ state: "done", run: 1, epoch: 2 });
  });

  test("an engine that is shutting down takes nothing over", async () => {
    await using room = await openProcessRoom(open);
    await room.define({ execute: async () => undefined });
    await leftBy(room, { pid: GONE });
    const { processes } = await room.engine();
    await processes.shutdown({ detach: true });
    await processes.adoptOrphans();
    expect(await room.store.processes.find("p")).toMatchObject({ state: "running", owner: { pid: GONE } });
  });
});

/** A session task whose bodies end all at once, or when they are detached. */
async function defineCounted(room: ProcessRoom) {
  const seen: ProcessContext[] = [];
  const end = Promise.withResolvers<undefined>();
  let onNew = Promise.withResolvers<void>();
  const execute = (ctx: ProcessContext) => {
    seen.push(ctx);
    onNew.resolve();
    onNew = Promise.withResolvers<void>();
    const detached = new Promise((resolve) => {
      ctx.detachSignal.addEventListener("abort", () => resolve("detached"));
    });
    return Promise.race([end.promise, detached]);
  };
  await room.define({ session, execute }, "session");
  return {
    /** The contexts once there are so many. */
    async contexts(count: number) {
      while (seen.length < count) await onNew.promise;
      return seen;
    },
    end: () => end.resolve(undefined),
  };
}

type Engine = Awaited<ReturnType<ProcessRoom["engine"]>>;

async function renewAndLook(clock: Clock, owner: Engine, other: Engine): Promise<void> {
  clock.advance(LEASE_MS / 2);
  await owner.processes.renewLeases();
  await other.processes.adoptOrphans();
}
