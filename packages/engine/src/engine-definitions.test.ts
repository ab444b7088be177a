import { mkdtemp, rm } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { EngineOptions } from "./create-engine.ts";
import { createEngine } from "./create-engine.ts";
import { openEngineRoom } from "./engine.test-support.ts";
import type { Engine } from "./engine.ts";
import type { ProcessContext, TaskDefinition } from "./process/task.ts";
import { STORES } from "./store/stores.test-support.ts";

const EACH = STORES.map(([name, open]) => ({ name, open }));

/** Waits for the cancel. */
const untilCancelled = (ctx: ProcessContext) =>
  new Promise((_, reject) => {
    ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason));
  });

const task = (id: string, changes: Partial<TaskDefinition> = {}): TaskDefinition => ({
  id,
  name: id.toUpperCase(),
  execute: async () => undefined,
  ...changes,
});

/** A program whose tasks a test changes between the calls. */
function program(...tasks: TaskDefinition[]) {
  const now = { tasks, calls: [] as unknown[] };
  const options: Partial<EngineOptions> = {
    services: { greeting: "hello" },
    processTimings: { cancelGraceMs: 200, forceShieldMs: 50 },
    tasks: (services, filter) => {
      now.calls.push([services, filter]);
      return now.tasks;
    },
  };
  return { now, options };
}

async function idsOf(engine: Engine): Promise<string[]> {
  return (await engine.processes.list({ limit: 100 })).items.map(({ id }) => id).sort();
}

async function launched(engine: Engine, id: string): Promise<void> {
  await engine.processes.launch(id);
  for await (const _ of states(engine, id)) if (_ === "running") return;
}

async function* states(engine: Engine, id: string) {
  for (;;) {
    const next = Promise.withResolvers<void>();
    using _ = engine.store.onCommit(() => next.resolve());
    yield (await engine.processes.get(id)).state;
    await next.promise;
  }
}

describe.each(EACH)("definitions on $name", ({ open }) => {
  test("a resync adds what is new as idle, cancels and removes what is gone, and leaves the rest as it was (E-24)", async () => {
    await using under = await open();
    const { now, options } = program(task("stays"), task("goes", { execute: untilCancelled }));
    await using room = await openEngineRoom({ ...options, store: under.store });
    const { engine } = room;
    await engine.processes.run("stays");
    await launched(engine, "goes");
    now.tasks = [task("stays", { name: "renamed", metadata: { team: "blue" } }), task("new")];
    expect(await engine.resync()).toEqual({ defined: 2, added: ["new"], removed: ["goes"] });
    expect(await engine.processes.get("stays")).toMatchObject({ name: "renamed", state: "done", run: 1 });
    expect(await engine.processes.get("new")).toMatchObject({ state: "idle", run: 0, adhoc: false });
    await expect(engine.processes.get("goes")).rejects.toMatchObject({ code: "not-found" });
    await expect(engine.processes.launch("goes")).rejects.toMatchObject({ code: "not-found" });
    expect(now.calls.at(-1)).toEqual([{ greeting: "hello" }, undefined]);
  });

  test("with a root go its descendants and blobs (S-10)", async () => {
    await using under = await open();
    const { now, options } = program(
      task("goes", {
        async execute(ctx) {
          await ctx.blobs.put("file", "content");
          await ctx.runChild({ id: "c", name: "C", execute: (child) => child.blobs.put("file", "more") });
        },
      }),
    );
    await using room = await openEngineRoom({ ...options, store: under.store });
    const { engine } = room;
    expect(await engine.processes.run("goes")).toMatchObject({ state: "done" });
    expect(await engine.store.blobs.list("goes.c")).toHaveLength(1);
    now.tasks = [];
    expect(await engine.resync()).toEqual({ defined: 0, added: [], removed: ["goes"] });
    expect(await idsOf(engine)).toEqual([]);
    for (const id of ["goes", "goes.c"]) expect(await engine.store.blobs.list(id)).toEqual([]);
  });

  test("clean ends what runs, removes the records and makes them anew; ad-hoc processes stay (S-10, S-11)", async () => {
    await using under = await open();
    const ended: unknown[] = [];
    const execute = (ctx: ProcessContext) => untilCancelled(ctx).finally(() => ended.push(ctx.processId));
    const { options } = program(task("runs", { execute, cancellable: false }), task("ran"));
    await using room = await openEngineRoom({ ...options, store: under.store });
    const { engine } = room;
    await engine.processes.define(task("adhoc"));
    await engine.processes.run("adhoc");
    await engine.processes.run("ran");
    await launched(engine, "runs");
    const { added, removed, defined } = await engine.resync({ clean: true });
    expect([defined, [...added].sort(), [...removed].sort()]).toEqual([2, ["ran", "runs"], ["ran", "runs"]]);
    expect(ended).toEqual(["runs"]);
    for (const id of ["runs", "ran"]) expect(await engine.processes.get(id)).toMatchObject({ state: "idle", run: 0 });
    expect(await engine.processes.get("adhoc")).toMatchObject({ state: "done", adhoc: true });
    expect(await engine.processes.run("adhoc")).toMatchObject({ run: 2 });
  });

  test("a filter limits a resync to what it matches, now or by the record", async () => {
    await using under = await open();
    const team = (name: string) => ({ metadata: { team: name } });
    const { now, options } = program(task("b1", team("blue")), task("b2", team("blue")), task("r1", team("red")));
    await using room = await openEngineRoom({ ...options, store: under.store });
    const { engine } = room;
    now.tasks = [task("b2", { ...team("red"), name: "moved" }), task("b3", team("blue")), task("r2", team("red"))];
    const filter = { "metadata.team": "blue" };
    expect(await engine.resync({ filter })).toEqual({ defined: 3, added: ["b3"], removed: ["b1"] });
    expect(await idsOf(engine)).toEqual(["b2", "b3", "r1"]);
    expect(await engine.processes.get("b2")).toMatchObject({ name: "moved", metadata: { team: "red" } });
    expect(await engine.processes.run("r1")).toMatchObject({ state: "done" });
    expect(now.calls.at(-1)).toEqual([{ greeting: "hello" }, filter]);
    await expect(engine.resync({ filter: { teem: 1 } })).rejects.toMatchObject({ code: "invalid-filter" });
  });
});

describe("definitions", () => {
  test("a stale task that ignores its cancel is ended by force and removed", async () => {
    const never = new Promise(() => undefined);
    const { now, options } = program(task("stubborn", { execute: () => never }));
    await using room = await openEngineRoom(options);
    await launched(room.engine, "stubborn");
    now.tasks = [];
    expect(await room.engine.resync()).toMatchObject({ removed: ["stubborn"] });
  });

  test("what is wrong with the tasks is refused by id and key, and nothing changes", async () => {
    const { now, options } = program(task("a"));
    await using room = await openEngineRoom(options);
    const { engine } = room;
    await engine.processes.define(task("adhoc"));
    const refused: readonly [unknown, string][] = [
      [undefined, "tasks: must be a list of tasks"],
      [[task("b"), task("b")], "tasks: the id 'b' occurs twice"],
      [[task("not an id")], "task 'not an id': id: an id is"],
      [[task("b", { schedule: "often" })], "task 'b': schedule: 'often'"],
      [[task("b", { schedule: { cron: "0 6 * * *", timeZone: "Moon" } })], "task 'b': schedule: 'Moon'"],
      [[task("b", { autoResume: true })], "task 'b': autoResume: needs supportsResume"],
      [[task("b", { ttlSeconds: 0 })], "task 'b': ttlSeconds"],
      [[task("b", { session: { agent: "no", model: null, scripted: true } })], "wants the agent 'no'"],
      [[{ ...task("b"), scedule: "0 6 * * *" }], "task 'b': unknown key 'scedule'"],
      [[{ ...task("b"), execute: "no" }], "task 'b': execute: must be a function"],
      [[task("adhoc")], "task 'adhoc': the id is taken by an ad-hoc process"],
    ];
    for (const [tasks, message] of refused) {
      now.tasks = tasks as TaskDefinition[];
      await expect(engine.resync({ clean: true })).rejects.toMatchObject({
        code: "config-refused",
        message: expect.stringContaining(message),
      });
    }
    expect(await idsOf(engine)).toEqual(["a", "adhoc"]);
    expect(await engine.processes.run("a")).toMatchObject({ state: "done" });
  });

  test("a task function that throws is refused with its words, and nothing changes", async () => {
    const { now, options } = program(task("a"));
    const tasks: EngineOptions["tasks"] = async () => {
      if (now.tasks.length === 0) throw new Error("the inventory is away");
      return now.tasks;
    };
    await using room = await openEngineRoom({ ...options, tasks });
    now.tasks = [];
    await expect(room.engine.resync()).rejects.toMatchObject({
      code: "config-refused",
      message: "tasks: the function failed: the inventory is away",
    });
    expect(await room.engine.processes.run("a")).toMatchObject({ state: "done" });
  });

  test("of two resyncs at once the second begins when the first is over", async () => {
    const { now, options } = program(task("a"));
    const gate = Promise.withResolvers<void>();
    const tasks: EngineOptions["tasks"] = async () => {
      const mine = now.tasks;
      if (mine.length === 2) await gate.promise;
      return mine;
    };
    await using room = await openEngineRoom({ ...options, tasks });
    now.tasks = [task("a"), task("b")];
    const first = room.engine.resync();
    const second = room.engine.resync();
    await Promise.resolve();
    now.tasks = [task("c")];
    gate.resolve();
    expect(await first).toEqual({ defined: 2, added: ["b"], removed: [] });
    const { added, removed } = await second;
    expect([added, [...removed].sort()]).toEqual([["c"], ["a", "b"]]);
  });

  test("a start removes what no definition names any more, and keeps ad-hoc processes (S-10)", async () => {
    const { now, options } = program(task("goes"), task("stays"));
    await using room = await openEngineRoom(options);
    await room.engine.processes.define(task("adhoc"));
    for (const id of ["goes", "stays", "adhoc"]) await room.engine.processes.run(id);
    now.tasks = [task("stays")];
    const engine = await room.reopen();
    expect(await idsOf(engine)).toEqual(["adhoc", "stays"]);
    expect(await engine.processes.get("stays")).toMatchObject({ state: "done", run: 1 });
  });

  test("an engine whose task wants auto-resume without supportsResume does not start (E-20)", async () => {
    const home = await mkdtemp("/var/tmp/optio-engine-");
    try {
      await expect(createEngine({ home, tasks: [task("t", { autoResume: true })] })).rejects.toMatchObject({
        code: "config-refused",
        message: "task 't': autoResume: needs supportsResume",
      });
    } finally {
      await rm(home, { recursive: true });
    }
  });

  test("a run that a shutdown stopped is resumed by the next engine, with what it saved (E-20)", async () => {
    const modes: string[] = [];
    const { options } = program(
      task("t", {
        supportsResume: true,
        autoResume: true,
        async execute(ctx) {
          modes.push(`${ctx.mode} ${ctx.resume}`);
          await ctx.markSavedState();
          if (!ctx.resume) await untilCancelled(ctx);
        },
      }),
    );
    await using room = await openEngineRoom({ ...options, autoResumeDelayMs: 1 });
    await room.engine.processes.launch("t");
    await room.until("t", ({ hasSavedState }) => hasSavedState);
    await room.reopen();
    await room.until("t", ({ state, run }) => state === "done" && run === 2);
    expect(modes).toEqual(["fresh false", "resume true"]);
  });

  test("a schedule launches its task in a whole engine, and a block only keeps it from it (E-25)", async () => {
    const { options } = program(task("t", { schedule: "* * * * * *" }), task("blocked", { schedule: "* * * * * *" }));
    await using room = await openEngineRoom(options);
    await room.engine.blocks.add({ filter: { id: "blocked" }, persistent: false });
    await room.until("t", ({ run, state }) => run >= 2 && state === "done");
    expect(await room.engine.processes.get("blocked")).toMatchObject({ state: "idle", run: 0 });
    expect((await room.engine.processes.get("t")).schedule).toMatchObject({ timeZone: "UTC", misfire: "skip" });
  });

  test("an ended process with a time to live is removed when that is over (E-26)", async () => {
    const { options } = program(task("t", { ttlSeconds: 0.05 }));
    await using room = await openEngineRoom(options);
    const gone = Promise.withResolvers<string>();
    using _ = room.engine.store.onCommit(({ processId, removed }) => removed && gone.resolve(processId));
    const ended = await room.engine.processes.run("t");
    expect(Date.parse(ended.expiresAt ?? "") - Date.parse(ended.endedAt ?? "")).toBe(50);
    expect(await gone.promise).toBe("t");
  });
});

describe("ad-hoc processes", () => {
  test("are launched by their id, refuse one that is taken, and inherit their parent's metadata", async () => {
    const { options } = program(task("a", { metadata: { team: "blue" } }));
    await using room = await openEngineRoom(options);
    const { processes } = room.engine;
    expect(await processes.define(task("x", { params: { n: 1 } }))).toMatchObject({ state: "idle", adhoc: true });
    const child = await processes.define(task("c", { metadata: { own: 1 } }), { parent: "a", ephemeral: true });
    expect(child).toMatchObject({
      id: "a.c",
      parent: "a",
      depth: 1,
      metadata: { team: "blue", own: 1 },
      ephemeral: true,
    });
    await expect(processes.define(task("a"))).rejects.toMatchObject({ code: "id-taken" });
    await expect(processes.define(task("no id"))).rejects.toMatchObject({ code: "invalid" });
    await expect(processes.define(task("y"), { parent: "none" })).rejects.toMatchObject({ code: "not-found" });
    await room.engine.blocks.add({ filter: { "metadata.team": "blue" }, persistent: false });
    await expect(processes.define(task("d"), { parent: "a" })).rejects.toMatchObject({ code: "launch-blocked" });
  });

  test("are removed with what runs of them; a definition's process is not", async () => {
    const { options } = program(task("a"));
    await using room = await openEngineRoom(options);
    const { engine } = room;
    await engine.processes.define(task("x", { execute: untilCancelled, cancellable: false }));
    await launched(engine, "x");
    await engine.processes.remove("x");
    await expect(engine.processes.get("x")).rejects.toMatchObject({ code: "not-found" });
    await expect(engine.processes.remove("x")).rejects.toMatchObject({ code: "not-found" });
    await expect(engine.processes.remove("a")).rejects.toMatchObject({ code: "not-dismissable" });
    await engine.processes.define(task("x"));
    expect(await engine.processes.run("x")).toMatchObject({ run: 1, state: "done" });
  });
});
