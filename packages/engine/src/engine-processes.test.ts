import { expect, test } from "vitest";
import { openEngineRoom } from "./engine.test-support.ts";
import { createLocalHost } from "./host/local/local-host.ts";
import type { ProcessContext } from "./process/task.ts";
import { defineTask } from "./process/task.ts";
import { CONFIG, FakeAgent, facts } from "./session/fake-agent.test-support.ts";
import { runSession } from "./session/run-session.ts";
import { SESSION_TIMINGS } from "./session/session-work.ts";

const { files } = createLocalHost();

/** Waits for the cancel. */
const untilCancelled = (ctx: ProcessContext) =>
  new Promise((_, reject) => {
    ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason));
  });

test("tasks are defined once, listed and launched by their ids", async () => {
  const tasks = [
    defineTask({ id: "a", name: "A", description: "first", metadata: { n: 1 }, execute: async () => undefined }),
    defineTask({ id: "b", name: "B", cancellable: false, supportsResume: true, execute: async () => undefined }),
  ];
  await using room = await openEngineRoom({ tasks });
  await room.engine.processes.launch("a", { resume: false });
  await room.engine.processes.waitForEnd("a");
  await room.reopen();
  const { items } = await room.engine.processes.list({ limit: 10 });
  const byId = new Map(items.map((item) => [item.id, item]));
  expect(byId.get("a")).toMatchObject({
    state: "done",
    run: 1,
    description: "first",
    metadata: { n: 1 },
    session: null,
  });
  expect(byId.get("b")).toMatchObject({
    state: "idle",
    run: 0,
    cancellable: false,
    supportsResume: true,
    kind: "task",
  });
  await expect(room.engine.processes.get("none")).rejects.toMatchObject({ code: "not-found" });
});

test("a cancel waits for the end as long as it is told to", async () => {
  const tasks = [
    defineTask({ id: "heeds", name: "H", execute: untilCancelled }),
    defineTask({
      id: "stubborn",
      name: "S",
      execute: (ctx) => untilCancelled(ctx).catch(() => new Promise(() => undefined)),
    }),
  ];
  await using room = await openEngineRoom({ tasks, processTimings: { cancelGraceMs: 300 } });
  const { processes } = room.engine;
  for (const { id } of tasks) {
    await processes.launch(id, { resume: false });
    await room.until(id, ({ state }) => state === "running");
  }
  expect(await processes.cancel("heeds", { waitMs: 10_000 })).toMatchObject({ state: "cancelled" });
  expect(await processes.cancel("stubborn", { waitMs: 20 })).toMatchObject({ state: "cancelling" });
  expect(await processes.waitForEnd("stubborn")).toMatchObject({ state: "failed", error: { code: "grace-exceeded" } });
});

test("waiting for an end is over at once when it is there, and with its signal", async () => {
  const task = defineTask({ id: "t", name: "T", execute: untilCancelled });
  await using room = await openEngineRoom({ tasks: [task] });
  const { processes } = room.engine;
  await processes.launch("t", { resume: false });
  await expect(processes.waitForEnd("t", AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  await processes.cancel("t", { waitMs: 10_000 });
  expect(await processes.waitForEnd("t")).toMatchObject({ state: "cancelled" });
});

test("the log comes in pages, and a position that is none is refused", async () => {
  const task = defineTask({
    id: "t",
    name: "T",
    async execute(ctx) {
      for (const message of ["one", "two", "three"]) await ctx.log("info", message);
    },
  });
  await using room = await openEngineRoom({ tasks: [task] });
  const { processes } = room.engine;
  await processes.launch("t", { resume: false });
  await processes.waitForEnd("t");
  const first = await processes.log("t", { limit: 2 });
  expect(first.items.map(({ message }) => message)).toEqual(["one", "two"]);
  const second = await processes.log("t", { limit: 2, cursor: first.next ?? "" });
  expect(second).toMatchObject({ items: [{ message: "three" }], next: null });
  for (const cursor of ["x", "-1", "1.5"]) {
    await expect(processes.log("t", { limit: 2, cursor })).rejects.toMatchObject({ code: "invalid" });
  }
  await expect(processes.log("none", { limit: 2 })).rejects.toMatchObject({ code: "not-found" });
});

test("dismissing a session removes what the engine made for it, and nothing else", async () => {
  await using room = await openEngineRoom();
  await room.create("s");
  const root = `${room.home}/tasks/s`;
  await expect(room.engine.processes.dismiss("s")).rejects.toMatchObject({ code: "not-dismissable" });
  expect(await files.stat(`${root}/run-1`)).toBeDefined();
  await room.engine.sessions.close("s");
  await room.engine.processes.waitForEnd("s");
  await files.makeDirectory(`${root}/not-ours`);
  await files.makeDirectory(`${root}/anothers`);
  await files.writeFile(`${root}/anothers/.optio-process`, "other\n");
  expect(await room.engine.processes.dismiss("s")).toMatchObject({ state: "idle", hasSavedState: false });
  expect((await files.list(root)).sort()).toEqual(["anothers", "not-ours"]);
  expect(await room.engine.store.manifests.find("s")).toBeUndefined();
});

test("a run is launched and waited for in one call, by the same path as any launch, also when its record goes with its end (S-12, S-16)", async () => {
  const tasks = [
    defineTask({ id: "t", name: "T", execute: async () => undefined }),
    defineTask({ id: "fails", name: "F", execute: () => Promise.reject(new Error("boom")) }),
    defineTask({ id: "e", name: "E", execute: (ctx) => ctx.markEphemeral() }),
    defineTask({ id: "long", name: "L", execute: untilCancelled }),
  ];
  await using room = await openEngineRoom({ tasks });
  const { processes, blocks } = room.engine;
  expect(await processes.run("t")).toMatchObject({ id: "t", state: "done", run: 1 });
  expect(await processes.run("fails")).toMatchObject({ state: "failed", error: { message: "boom" } });
  expect(await processes.run("e")).toMatchObject({ id: "e", state: "done", run: 1 });
  await expect(processes.get("e")).rejects.toMatchObject({ code: "not-found" });
  await expect(processes.run("none")).rejects.toMatchObject({ code: "not-found" });
  await expect(processes.run("t", { resume: true })).rejects.toMatchObject({ code: "no-resume-support" });
  await blocks.add({ filter: { id: "t" }, persistent: false, reason: "for now" });
  await expect(processes.run("t")).rejects.toMatchObject({ code: "launch-blocked" });
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(processes.run("long", { signal })).rejects.toThrow("enough");
  expect(await processes.get("long")).toMatchObject({ run: 1 });
  const closing = room.engine.close();
  await expect(processes.run("fails")).rejects.toMatchObject({ code: "shutting-down" });
  await closing;
});

test("a launch for a result answers with what the run publishes, while it goes on, or says how it ended (E-18)", async () => {
  const gate = Promise.withResolvers<void>();
  const tasks = [
    defineTask({
      id: "at-once",
      name: "A",
      async execute(ctx) {
        ctx.publishResult({ n: ctx.run });
      },
    }),
    defineTask({
      id: "goes-on",
      name: "G",
      async execute(ctx) {
        ctx.publishResult({ ready: true });
        expect(() => ctx.publishResult({})).toThrow(/published its result already/);
        await gate.promise;
      },
    }),
    defineTask({ id: "silent", name: "S", execute: async () => undefined }),
    defineTask({ id: "slow", name: "W", execute: untilCancelled }),
  ];
  await using room = await openEngineRoom({ tasks });
  const { processes } = room.engine;
  // what is published at once wins no race: it is waited for from before the start, and is gone with its run
  expect(await processes.launchForResult("at-once")).toEqual({ n: 1 });
  await processes.waitForEnd("at-once");
  expect(await processes.launchForResult("at-once")).toEqual({ n: 2 });
  expect(await processes.launchForResult("goes-on")).toEqual({ ready: true });
  expect(await processes.get("goes-on")).toMatchObject({ state: "running" });
  gate.resolve();
  expect(await processes.waitForEnd("goes-on")).toMatchObject({ state: "done" });
  await expect(processes.launchForResult("silent")).rejects.toMatchObject({
    code: "result-not-published",
    data: { state: "done" },
  });
  await expect(processes.launchForResult("slow", { timeoutMs: 1 })).rejects.toMatchObject({ code: "timeout" });
  expect((await processes.get("slow")).state).not.toBe("cancelled");
  await expect(processes.launchForResult("slow")).rejects.toMatchObject({ code: "not-launchable" });
});

test("a process that a call defines is launched by its id, shown with its tree, and removed with it (E-27)", async () => {
  await using room = await openEngineRoom();
  const { processes } = room.engine;
  const metadata = { team: "blue" };
  const child = { id: "c", name: "C", execute: async () => undefined };
  const defined = await processes.define(
    defineTask({ id: "adhoc", name: "A", metadata, execute: (ctx) => ctx.runChild(child) }),
  );
  expect(defined).toMatchObject({ id: "adhoc", adhoc: true, state: "idle", metadata });
  const again = processes.define(defineTask({ id: "adhoc", name: "A", execute: async () => undefined }));
  await expect(again).rejects.toMatchObject({ code: "id-taken" });
  expect(await processes.run("adhoc")).toMatchObject({ state: "done" });
  const { items } = await processes.tree("adhoc", { limit: 10 });
  expect(items.map(({ id, parent, depth, metadata: tags }) => [id, parent, depth, tags])).toEqual([
    ["adhoc", null, 0, metadata],
    ["adhoc.c", "adhoc", 1, metadata],
  ]);
  await processes.define(defineTask({ id: "below", name: "B", execute: untilCancelled }), { parent: "adhoc" });
  await processes.launch("adhoc.below");
  await processes.remove("adhoc");
  for (const id of ["adhoc", "adhoc.c", "adhoc.below"]) {
    await expect(processes.get(id)).rejects.toMatchObject({ code: "not-found" });
  }
  await expect(processes.tree("adhoc", { limit: 10 })).rejects.toMatchObject({ code: "not-found" });
});

test("dismissing drops what the run showed and its descendants, and keeps its log (E-12)", async () => {
  const child = { id: "c", name: "C", execute: async () => undefined };
  const task = defineTask({
    id: "t",
    name: "T",
    async execute(ctx) {
      await ctx.runChild(child);
      await ctx.setWidgetData({ shown: true });
      await ctx.log("info", "said");
    },
  });
  await using room = await openEngineRoom({ tasks: [task] });
  const { processes } = room.engine;
  expect(await processes.run("t")).toMatchObject({ widgetData: { shown: true } });
  expect(await processes.dismiss("t")).toMatchObject({ state: "idle", widgetData: null, error: null, progress: null });
  await expect(processes.get("t.c")).rejects.toMatchObject({ code: "not-found" });
  const { items } = await processes.log("t", { limit: 10 });
  expect(items.map(({ message }) => message)).toContain("said");
});

test("a session is a child like any other: it ends with its parent, and the resumed parent resumes it (S-22)", async () => {
  const agent = new FakeAgent();
  const session = { agent: "fake", model: null, scripted: true };
  const child = {
    id: "s",
    name: "S",
    session,
    supportsResume: true,
    execute: (ctx: ProcessContext) =>
      runSession(ctx, { kind: agent.kind, config: CONFIG, secrets: {}, hooks: {}, timings: SESSION_TIMINGS }),
  };
  const task = defineTask({
    id: "t",
    name: "T",
    supportsResume: true,
    async execute(ctx) {
      await ctx.markSavedState();
      await ctx.runChild(child);
    },
  });
  await using room = await openEngineRoom({ tasks: [task] });
  const { processes } = room.engine;
  const runs = (id: string, run: number) =>
    room.until(id, (summary) => summary.run === run && summary.session?.phase === "idle");
  await processes.launch("t");
  await room.until("t", ({ state }) => state === "running");
  const connection = await agent.connection(1);
  expect(await runs("t.s", 1)).toMatchObject({ kind: "session", parent: "t", state: "running" });
  // a turn is what a resume goes on from
  connection.tell(facts.turnStarted("u"), facts.turnCompleted("u"));
  await room.until("t.s", ({ hasSavedState }) => hasSavedState);
  await processes.cancel("t", { waitMs: 30_000 });
  expect(await processes.get("t.s")).toMatchObject({ state: "cancelled", run: 1, hasSavedState: true });
  await processes.launch("t", { resume: true });
  expect(await runs("t.s", 2)).toMatchObject({ state: "running" });
  const { items } = await room.engine.sessions.events("t.s", { limit: 100 });
  expect(items.some(({ event }) => event.type === "session.resumed")).toBe(true);
});
