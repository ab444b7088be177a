import { describe, expect, test } from "vitest";
import { FakeClock } from "../kernel/fake-clock.test-support.ts";
import { openStore } from "../store/open-store.ts";
import type { NewProcess, Owner } from "../store/store.ts";
import { aProcess } from "../testing/store/fixtures.ts";
import { LEASE_MS } from "./ownership.ts";
import type { ProcessRoom } from "./processes.test-support.ts";
import { heldBody, openProcessRoom, STORES, untilState } from "./processes.test-support.ts";

/** No pid of this machine is that large: an owner that is gone. */
const GONE = 2 ** 22 + 1;

/** Stores a process that an owner which is gone left running. */
async function leave(room: ProcessRoom, id: string, more: Partial<NewProcess> = {}, owner: Partial<Owner> = {}) {
  const { me } = await room.engine();
  if (!(await room.store.processes.find(id))) {
    await room.store.processes.insert(aProcess(id, { kind: "task", session: null, adhoc: false, ...more }));
  }
  const full = { ...me, leaseUntil: Date.now() + LEASE_MS, pid: GONE, ...owner };
  const record = await room.store.processes.claim(id, ["idle"], full, {});
  if (!record) throw new Error(`'${id}' cannot be claimed`);
  const key = { processId: id, run: record.run, epoch: record.epoch };
  await room.store.asOwner(key, (tx) => tx.setState(["scheduled"], "running", {}));
  return key;
}

describe.each(STORES)("a tree whose owner is gone on $name", ({ open }) => {
  test("ends with the children before their parents, its sessions stopped and resumable (E-19)", async () => {
    await using room = await openProcessRoom(open);
    await room.define({ execute: async () => undefined });
    await leave(room, "p");
    await leave(room, "p.a", { parent: "p" });
    const session = await leave(room, "p.a.s", { parent: "p.a", kind: "session" });
    await room.store.asOwner(session, (tx) => tx.patch({ hasSavedState: true, widgetData: { kept: true } }));
    const ends: string[] = [];
    using _ = room.store.onCommit(({ processId, envelopes }) => {
      for (const { event } of envelopes) {
        if (event.type === "process.state_changed") ends.push(`${processId} ${event.to} ${event.reason}`);
      }
    });
    const stopped: string[] = [];
    const { processes } = await room.engine({
      parts: {
        stopOrphan: async ({ id }) => {
          ends.push(`${id} stopped`);
          stopped.push(id);
        },
      },
    });
    await processes.adoptOrphans();
    expect(ends).toEqual([
      "p.a.s stopped",
      "p.a.s failed interrupted-by-restart",
      "p.a failed interrupted-by-restart",
      "p failed interrupted-by-restart",
    ]);
    expect(stopped).toEqual(["p.a.s"]);
    expect(await room.store.processes.find("p.a.s")).toMatchObject({
      state: "failed",
      hasSavedState: true,
      widgetData: { kept: true },
      owner: null,
    });
    const { items } = await room.store.logs.list("p", { limit: 5 });
    expect(items).toMatchObject([{ level: "error", message: "the server stopped while this task ran" }]);
  });

  test("is found again by its parent: a resumed parent resumes the session of that id (E-19, S-22)", async () => {
    await using room = await openProcessRoom(open);
    const modes: string[] = [];
    const session = { agent: "agent", model: null, scripted: true };
    const child = {
      id: "s",
      name: "S",
      session,
      supportsResume: true,
      execute: async (ctx: { mode: string }) => modes.push(ctx.mode),
    };
    await room.define({ supportsResume: true, execute: (ctx) => ctx.runChild(child) });
    for (const [id, more] of [
      ["p", {}],
      ["p.s", { parent: "p", kind: "session" }],
    ] as const) {
      const key = await leave(room, id, { supportsResume: true, ...more });
      await room.store.asOwner(key, (tx) => tx.patch({ hasSavedState: true }));
    }
    const { processes } = await room.engine();
    await processes.adoptOrphans();
    await processes.launch("p", { resume: true });
    expect(await untilState(room.store, "p", (state) => state === "done")).toMatchObject({ run: 2 });
    expect(modes).toEqual(["resume"]);
    expect(await room.store.processes.find("p.s")).toMatchObject({ state: "done", run: 2 });
  });

  test("leaves no child running below a parent that ended, whatever moment its owner died at", async () => {
    await using room = await openProcessRoom(open);
    await room.define({ execute: async () => undefined });
    await leave(room, "p.a", { parent: "p" });
    const { processes } = await room.engine();
    expect(await room.store.processes.find("p")).toMatchObject({ state: "idle" });
    await processes.adoptOrphans();
    expect(await room.store.processes.find("p.a")).toMatchObject({
      state: "failed",
      error: { code: "interrupted-by-restart" },
    });
  });

  test("whose scheduled root was perhaps a resume fails rather than dropping what it saved", async () => {
    await using room = await openProcessRoom(open);
    let bodies = 0;
    await room.define({
      supportsResume: true,
      execute: async () => {
        bodies += 1;
      },
    });
    const { me } = await room.engine();
    const owner = { ...me, pid: GONE, leaseUntil: Date.now() + LEASE_MS };
    const record = await room.store.processes.claim("p", ["idle"], owner, { hasSavedState: true });
    expect(record?.hasSavedState).toBe(true);
    await (await room.engine()).processes.adoptOrphans();
    expect(await room.ended()).toMatchObject({ state: "failed", hasSavedState: true });
    expect(bodies).toBe(0);
  });
});

describe.each(STORES)("two engines on one store ($name)", ({ open }) => {
  test("never both take an orphan: of many at the same time one ends it (S-9)", async () => {
    await using room = await openProcessRoom(open);
    await room.define({ execute: async () => undefined });
    await leave(room, "p");
    const engines = await Promise.all([1, 2, 3].map((n) => room.engine({ me: { machineId: "here", pid: n } })));
    const clock = new FakeClock(Date.now() + 2 * LEASE_MS);
    const late = await room.engine({ clock });
    await Promise.all([...engines, late].map(({ processes }) => processes.adoptOrphans()));
    expect(await room.store.processes.find("p")).toMatchObject({ state: "failed", epoch: 2 });
    expect((await room.moves()).filter((move) => move.includes("failed"))).toHaveLength(1);
  });

  test("an owner that slept past its lease is told: its signals are aborted, its children too, and it writes nothing (S-1, S-9)", async () => {
    await using room = await openProcessRoom(open);
    const clock = new FakeClock();
    const bodies = [heldBody(), heldBody()] as const;
    await room.define({
      async execute(ctx) {
        const running = ctx.runChild({ id: "c", name: "C", execute: bodies[1].execute }).catch(() => undefined);
        await bodies[0].execute(ctx);
        await running;
      },
    });
    const asleep = await room.engine({ clock });
    const awake = await room.engine({ clock, me: { machineId: "another machine" } });
    const { ended } = await asleep.processes.launchRun("p", { resume: false });
    const [parent, child] = await Promise.all(bodies.map((body) => body.begun));
    clock.advance(LEASE_MS + 1);
    await awake.processes.adoptOrphans();
    expect(await room.store.processes.find("p")).toMatchObject({ state: "failed", epoch: 2 });
    expect(await room.store.processes.find("p.c")).toMatchObject({ state: "failed", epoch: 2 });
    expect(parent?.signal.aborted).toBe(false);
    await asleep.processes.renewLeases();
    expect(parent?.signal.reason).toMatchObject({ code: "stale-owner" });
    expect(child?.signal.aborted).toBe(true);
    expect(await ended).toEqual({ state: "lost" });
    await expect(parent?.log("info", "mine")).rejects.toThrow();
    for (const body of bodies) body.end("late");
    await Promise.all(["p", "p.c"].map((id) => asleep.dispatcher.settled(id)));
    expect((await room.moves()).at(-1)).toBe("running>failed (interrupted-by-restart)");
    expect((await room.moves("p.c")).at(-1)).toBe("running>failed (interrupted-by-restart)");
  });

  test("a run whose lease another engine may not take keeps its owner and goes on", async () => {
    await using room = await openProcessRoom(open);
    const clock = new FakeClock();
    const body = heldBody();
    await room.define({ execute: body.execute });
    const { processes } = await room.engine({ clock });
    await processes.launch("p", { resume: false });
    const context = await body.begun;
    clock.advance(LEASE_MS + 1);
    await processes.renewLeases();
    await processes.adoptOrphans();
    expect(context.signal.aborted).toBe(false);
    body.end(undefined);
    expect(await room.ended()).toMatchObject({ state: "done", epoch: 1 });
  });
});

test("a cancel that another process of the store writes reaches its owner at once where the database tells", async () => {
  const postgres = STORES.find(({ name }) => name === "PostgreSQL");
  if (!postgres) throw new Error("no PostgreSQL");
  const under = await postgres.open();
  await using room = await openProcessRoom(async () => under);
  await using other = await openStore(under.location).then((store) => ({
    store,
    [Symbol.asyncDispose]: () => store.close(),
  }));
  const body = heldBody();
  await room.define({ execute: body.executeHeeding });
  const owner = await room.engine();
  const there = await room.engine({
    me: { machineId: "another machine" },
    parts: { services: { ...owner.services, store: other.store } },
  });
  await owner.processes.launch("p", { resume: false });
  await body.begun;
  await there.processes.cancel("p");
  // no tick is needed
  expect(await room.ended()).toMatchObject({ state: "cancelled" });
});
