import { expect, test } from "vitest";
import { openEngineRoom } from "./engine.test-support.ts";
import { createLocalHost } from "./host/local/local-host.ts";
import type { ProcessContext } from "./process/task.ts";
import { defineTask } from "./process/task.ts";

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
