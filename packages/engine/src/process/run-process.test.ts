import { OptioError } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { heldBody, openProcessRoom } from "./processes.test-support.ts";
import type { ProcessContext } from "./task.ts";

/** Launches one task to its end; answers with its record and log. */
async function runOnce(execute: (ctx: ProcessContext) => Promise<unknown>) {
  await using room = await openProcessRoom();
  await room.define({ execute });
  const { processes, dispatcher, results } = await room.engine();
  await processes.launch("p", { resume: false });
  const record = await room.ended();
  await dispatcher.settled("p");
  const { items: lines } = await room.store.logs.list("p", { limit: 100 });
  const events = await room.store.events.list("p", { limit: 100 });
  return { record, lines, events: events.map(({ event }) => event), left: results.find("p") };
}

describe("a run", () => {
  test("that throws fails with the code it names, and with task-failed when it names none", async () => {
    const known = await runOnce(() => Promise.reject(new OptioError("directory-refused", "no such place")));
    expect(known.record).toMatchObject({
      state: "failed",
      error: { code: "directory-refused", message: "no such place" },
    });
    expect(known.events.at(-1)).toMatchObject({ from: "running", to: "failed", reason: "directory-refused" });
    const plain = await runOnce(() => Promise.reject(new TypeError("x is not a function")));
    expect(plain.record).toMatchObject({ error: { code: "task-failed", message: "x is not a function" } });
    const thrown = await runOnce(() => {
      throw new Error("before any promise");
    });
    expect(thrown.record).toMatchObject({ state: "failed", error: { message: "before any promise" } });
  });

  test("whose result was published keeps it to its end and no longer", async () => {
    const { left, record } = await runOnce(async (ctx) => ctx.publishResult({ answer: 42 }));
    expect(record.state).toBe("done");
    expect(left).toBeUndefined();
  });

  test("that another owner took over ends without a word of its own", async () => {
    await using room = await openProcessRoom();
    const body = heldBody();
    await room.define({ execute: body.execute });
    const { processes, dispatcher } = await room.engine();
    const record = await processes.launch("p", { resume: false });
    await body.begun;
    const { owner } = record;
    if (!owner) throw new Error("a launched process has an owner");
    await room.store.processes.takeOver("p", record, { ...owner, pid: 7 });
    body.end("mine");
    await dispatcher.settled("p");
    expect(await room.store.processes.find("p")).toMatchObject({ state: "running", epoch: 2, owner: { pid: 7 } });
  });
});

describe("a cancelled run", () => {
  test("ends cancelled although its body returns", async () => {
    await using room = await openProcessRoom();
    const body = heldBody();
    await room.define({ execute: body.execute });
    const { processes } = await room.engine();
    await processes.launch("p", { resume: false });
    await body.begun;
    await processes.cancel("p");
    body.end("finished all the same");
    expect(await room.ended()).toMatchObject({ state: "cancelled", error: null });
  });

  test("ends cancelled although its body fails of something else, which is logged", async () => {
    await using room = await openProcessRoom();
    const body = heldBody();
    await room.define({ execute: body.execute });
    const { processes } = await room.engine();
    await processes.launch("p", { resume: false });
    await body.begun;
    await processes.cancel("p");
    body.fail(new Error("the clean-up broke"));
    expect(await room.ended()).toMatchObject({ state: "cancelled", error: null });
    const { items: lines } = await room.store.logs.list("p", { limit: 10 });
    expect(lines).toMatchObject([
      { level: "warning", message: "after the cancel: the clean-up broke", data: { code: "task-failed" } },
    ]);
  });

  test("that rejects with the reason of its cancel logs nothing", async () => {
    await using room = await openProcessRoom();
    const body = heldBody();
    await room.define({ execute: body.executeHeeding });
    const { processes } = await room.engine();
    await processes.launch("p", { resume: false });
    await body.begun;
    await processes.cancel("p");
    await room.ended();
    expect(await room.store.logs.list("p", { limit: 10 })).toMatchObject({ items: [] });
  });
});

describe("the context", () => {
  test("logs durable lines with their data", async () => {
    const { lines } = await runOnce(async (ctx) => {
      await ctx.log("info", "one");
      await ctx.log("error", "two", { n: 2 });
    });
    expect(lines).toMatchObject([
      { level: "info", message: "one", run: 1 },
      { level: "error", message: "two", data: { n: 2 } },
    ]);
    expect(lines[0]).not.toHaveProperty("data");
  });

  test("reports progress from 0 to 100 or none, into the record and the log", async () => {
    const { record, events } = await runOnce(async (ctx) => {
      await ctx.reportProgress(0);
      await ctx.reportProgress(null, "warming up");
      await ctx.reportProgress(100, "there");
    });
    expect(record.progress).toEqual({ percent: 100, message: "there" });
    expect(events.filter((event) => event.type === "process.progressed")).toEqual([
      { type: "process.progressed", percent: 0 },
      { type: "process.progressed", percent: null, message: "warming up" },
      { type: "process.progressed", percent: 100, message: "there" },
    ]);
  });

  test.each([-0.1, 100.1, Number.NaN, Number.POSITIVE_INFINITY])("refuses a progress of %s", async (percent) => {
    const { record, events } = await runOnce((ctx) => ctx.reportProgress(percent));
    expect(record).toMatchObject({
      progress: null,
      error: { code: "invalid", message: `progress ${percent} is not between 0 and 100` },
    });
    expect(events.some((event) => event.type === "process.progressed")).toBe(false);
  });

  test("publishes one result", async () => {
    const { record } = await runOnce(async (ctx) => {
      ctx.publishResult({ n: 1 });
      ctx.publishResult({ n: 2 });
    });
    expect(record.error).toMatchObject({ code: "contradiction", message: expect.stringContaining("'p'") });
  });
});
