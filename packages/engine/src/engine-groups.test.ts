import type { Filter } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { openEngineRoom } from "./engine.test-support.ts";
import type { Engine } from "./engine.ts";
import type { ProcessContext, TaskDefinition } from "./process/task.ts";
import type { Store } from "./store/store.ts";
import { STORES } from "./store/stores.test-support.ts";

const EACH = STORES.map(([name, open]) => ({ name, open }));
const TIMINGS = { cancelGraceMs: 200, forceShieldMs: 50 };
const BLUE: Filter = { "metadata.team": "blue" };

const untilCancelled = (ctx: ProcessContext) =>
  new Promise((_, reject) => {
    ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason));
  });

const blue = (id: string, changes: Partial<TaskDefinition> = {}): TaskDefinition => ({
  id,
  name: id,
  metadata: { team: "blue" },
  execute: untilCancelled,
  ...changes,
});

const openRoom = (tasks: readonly TaskDefinition[], store?: Store) =>
  openEngineRoom({ tasks, processTimings: TIMINGS, ...(store && { store }) });

type Room = Awaited<ReturnType<typeof openRoom>>;

async function launchAll(room: Room, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) await room.engine.processes.launch(id);
  for (const id of ids) await room.until(id, ({ state }) => state === "running");
}

async function stateOf(engine: Engine, id: string): Promise<string> {
  const { items } = await engine.processes.list({ filter: { id }, limit: 1 });
  return items[0]?.state ?? "gone";
}

describe.each(EACH)("groups on $name", ({ open }) => {
  test("a group cancel ends every active process that matches, says how many, and returns when all have ended (E-23)", async () => {
    await using under = await open();
    const red = blue("red", { metadata: { team: "red" } });
    await using room = await openRoom([blue("a"), blue("b"), blue("idle"), red], under.store);
    await launchAll(room, "a", "b", "red");
    const outcome = await room.engine.groups.cancel({ filter: BLUE, waitMs: 60_000 });
    expect(outcome).toEqual({ cancelled: 2, ended: true, purged: 0, blockId: null });
    for (const id of ["a", "b"]) expect(await stateOf(room.engine, id)).toBe("cancelled");
    expect(await stateOf(room.engine, "red")).toBe("running");
    expect(await stateOf(room.engine, "idle")).toBe("idle");
  });

  test("a purge removes what matches with all below it, also when nothing was active (S-15)", async () => {
    await using under = await open();
    const parent = blue("parent", {
      execute: (ctx) => ctx.runChild({ id: "c", name: "C", execute: async () => undefined }),
    });
    await using room = await openRoom([parent, blue("idle"), blue("red", { metadata: {} })], under.store);
    await room.engine.processes.run("parent");
    expect(await stateOf(room.engine, "parent.c")).toBe("done");
    expect(await room.engine.groups.cancel({ filter: BLUE, purge: true })).toEqual({
      cancelled: 0,
      ended: true,
      purged: 3,
      blockId: null,
    });
    for (const id of ["parent", "parent.c", "idle"]) expect(await stateOf(room.engine, id)).toBe("gone");
    expect(await stateOf(room.engine, "red")).toBe("idle");
  });

  test("a purge without a wait ends what runs first: a record never goes from under its run (S-11)", async () => {
    await using under = await open();
    const ends: string[] = [];
    const execute = (ctx: ProcessContext) => untilCancelled(ctx).finally(() => ends.push(ctx.processId));
    await using room = await openRoom([blue("a", { execute })], under.store);
    await launchAll(room, "a");
    const filter = { state: { in: ["running", "scheduled"] }, ...BLUE };
    const outcome = await room.engine.groups.cancel({ filter, purge: true });
    expect([outcome, ends]).toEqual([{ cancelled: 1, ended: true, purged: 1, blockId: null }, ["a"]]);
    expect(await stateOf(room.engine, "a")).toBe("gone");
  });

  test("with a block no launch slips through: one that was on its way is cancelled too, later ones are refused (E-23)", async () => {
    await using under = await open();
    const ids = ["a", "b", "c", "d", "e", "f"];
    await using room = await openRoom(
      ids.map((id) => blue(id)),
      under.store,
    );
    const launches = ids.map((id) => room.engine.processes.launch(id));
    const cancelled = room.engine.groups.cancel({ filter: BLUE, block: true, persist: true, waitMs: 60_000 });
    const settled = await Promise.allSettled(launches);
    const outcome = await cancelled;
    const refused = settled.filter((launch) => launch.status === "rejected");
    for (const launch of refused) expect(launch.reason).toMatchObject({ code: "launch-blocked" });
    expect(outcome).toMatchObject({ ended: true, cancelled: ids.length - refused.length });
    const active = await room.engine.store.processes.listActive(BLUE);
    expect(active).toEqual([]);
    expect((await room.engine.blocks.list()).map(({ id }) => id)).toEqual([outcome.blockId]);
  });
});

describe("groups", () => {
  test("an empty filter, and persist without block, are refused (E-23)", async () => {
    await using room = await openRoom([blue("a")]);
    const { groups } = room.engine;
    await expect(groups.cancel({ filter: {} })).rejects.toMatchObject({ code: "invalid-filter" });
    await expect(groups.cancel({ filter: { teem: 1 } })).rejects.toMatchObject({ code: "invalid-filter" });
    await expect(groups.cancel({ filter: BLUE, persist: true })).rejects.toMatchObject({
      code: "invalid-persist-without-block",
    });
    await expect(groups.cancel({ filter: {}, block: true })).rejects.toMatchObject({ code: "invalid-filter" });
    expect(await room.engine.blocks.list()).toEqual([]);
  });

  test("the block of a group call counts while it works, and is lifted with it unless it persists", async () => {
    const end = Promise.withResolvers<void>();
    const slow = blue("slow", { execute: (ctx) => untilCancelled(ctx).catch(() => end.promise) });
    await using room = await openEngineRoom({ tasks: [slow, blue("b")] });
    const { groups, processes, blocks } = room.engine;
    await launchAll(room, "slow");
    const cancelled = groups.cancel({ filter: BLUE, block: true, reason: "maintenance", waitMs: 60_000 });
    await room.until("slow", ({ state }) => state === "cancelling");
    await expect(processes.launch("b")).rejects.toMatchObject({
      code: "launch-blocked",
      message: expect.stringContaining("maintenance"),
    });
    end.resolve();
    expect(await cancelled).toEqual({ cancelled: 1, ended: true, purged: 0, blockId: null });
    expect(await blocks.list()).toEqual([]);
    await launchAll(room, "b");
  });

  test("what may not be cancelled is neither counted nor waited for, and stays through a purge", async () => {
    const end = Promise.withResolvers<void>();
    await using room = await openRoom([blue("no", { cancellable: false, execute: () => end.promise }), blue("a")]);
    await launchAll(room, "no", "a");
    expect(await room.engine.groups.cancel({ filter: BLUE, purge: true })).toEqual({
      cancelled: 1,
      ended: true,
      purged: 1,
      blockId: null,
    });
    expect(await stateOf(room.engine, "no")).toBe("running");
    end.resolve();
  });

  test("children that their parent's cancel reaches first count as cancelled too", async () => {
    const parent = blue("p", {
      execute: (ctx) => ctx.runChild({ id: "c", name: "C", execute: untilCancelled }, { surviveCancel: true }),
    });
    await using room = await openRoom([parent]);
    await launchAll(room, "p");
    for (;;) {
      const change = Promise.withResolvers<void>();
      using _ = room.engine.store.onCommit(() => change.resolve());
      if ((await stateOf(room.engine, "p.c")) === "running") break;
      await change.promise;
    }
    expect(await room.engine.groups.cancel({ filter: BLUE, waitMs: 60_000 })).toMatchObject({
      cancelled: 2,
      ended: true,
    });
  });

  test("a wait that is too short says that not all have ended", async () => {
    const end = Promise.withResolvers<void>();
    const slow = blue("slow", { execute: (ctx) => untilCancelled(ctx).catch(() => end.promise) });
    await using room = await openEngineRoom({ tasks: [slow] });
    await launchAll(room, "slow");
    for (const waitMs of [0, 10]) {
      expect(await room.engine.groups.cancel({ filter: BLUE, waitMs })).toMatchObject({ ended: false });
    }
    end.resolve();
  });

  test("filters of groups and blocks are of the whole language (S-16)", async () => {
    await using room = await openRoom([blue("a", { metadata: { tier: 1 } }), blue("b", { metadata: { tier: 3 } })]);
    await launchAll(room, "a", "b");
    const either: readonly Filter[] = [{ "metadata.tier": { gt: 2 } }, { "metadata.team": { exists: true } }];
    const filter = { or: either };
    const outcome = await room.engine.groups.cancel({ filter, block: true, persist: true, waitMs: 60_000 });
    expect(outcome).toMatchObject({ cancelled: 1, ended: true });
    expect(await stateOf(room.engine, "a")).toBe("running");
    await expect(room.engine.processes.launch("b")).rejects.toMatchObject({ code: "launch-blocked" });
    expect(await room.engine.blocks.lift({ filter: { or: [...either].reverse() } })).toBe(1);
    await launchAll(room, "b");
  });

  test("a block refuses every form of launch: launch, run, ad-hoc definition and child (E-22)", async () => {
    const parent = blue("p", {
      metadata: { team: "red" },
      execute: (ctx) => ctx.runChild({ id: "c", name: "C", execute: async () => undefined }),
    });
    await using room = await openRoom([blue("a"), parent]);
    const { blocks, processes } = room.engine;
    await blocks.add({ filter: { or: [BLUE, { id: "p.c" }] }, reason: "audit", persistent: true });
    const blocked = { code: "launch-blocked", message: expect.stringContaining("audit") };
    await expect(processes.launch("a")).rejects.toMatchObject(blocked);
    await expect(processes.run("a")).rejects.toMatchObject(blocked);
    await expect(processes.launchForResult("a")).rejects.toMatchObject(blocked);
    await expect(processes.define(blue("x"))).rejects.toMatchObject(blocked);
    expect(await processes.run("p")).toMatchObject({ state: "failed", error: { code: "launch-blocked" } });
    const engine = await room.reopen();
    await expect(engine.processes.launch("a")).rejects.toMatchObject(blocked);
    expect(await engine.blocks.lift({ filter: { or: [{ id: "p.c" }, BLUE] } })).toBe(1);
    await engine.processes.launch("a");
  });
});
