import { text } from "node:stream/consumers";
import type { EventOf, EventType } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { STORES } from "../store/stores.test-support.ts";
import type { ContextRoom } from "./context.test-support.ts";
import { openContextRoom } from "./context.test-support.ts";
import type { ProcessContext } from "./task.ts";

const stale = { code: "stale-owner" };

describe.each(STORES)("the context of a run on %s", (_, open) => {
  test("shows the run: params, metadata, services, signals and whether to go on", async () => {
    await using room = await openContextRoom(open, { params: { limit: 5 } });
    const { context } = await room.launch();
    expect(context).toMatchObject({ processId: "p", run: 1, mode: "fresh", resume: false, params: { limit: 5 } });
    expect(context.metadata).toEqual({ team: "blue" });
    expect(context.services).toEqual({ greeting: "hello" });
    expect(context.shouldContinue).toBe(true);
    room.cancel.abort(new Error("enough"));
    expect(context.signal.aborted).toBe(true);
    expect(context.shouldContinue).toBe(false);
  });

  test("writes log lines of every level with their data", async () => {
    await using room = await openContextRoom(open);
    const { context } = await room.launch();
    await context.log("debug", "a", { n: 1 });
    await context.log("warning", "b");
    await context.log("error", "x".repeat(70_000));
    const [first, second, third] = await room.lines();
    expect(first).toMatchObject({ level: "debug", message: "a", data: { n: 1 }, run: 1 });
    expect(second).toMatchObject({ level: "warning", message: "b" });
    expect(third?.message).toMatch(/^x{65536}… \(70000 characters, shortened\)$/);
    for (const data of [1n, () => 1]) {
      await expect(context.log("info", "m", data)).rejects.toMatchObject({ code: "invalid" });
    }
    await expect(context.log("info", "m", "x".repeat(300_000))).rejects.toMatchObject({ code: "too-large" });
  });

  test("reports quiet progress without loss and an avalanche with a summary, the last value always", async () => {
    await using room = await openContextRoom(open);
    const { context, settle } = await room.launch();
    for (let n = 1; n <= 500; n += 1) void context.reportProgress(n / 5, `m${n}`);
    await settle();
    const lines = await room.lines();
    const messages = lines.map(({ message }) => message).filter((message) => message.startsWith("m"));
    const dropped = lines.reduce((sum, { data }) => sum + droppedOf(data), 0);
    expect(messages.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, index) => `m${index + 1}`));
    expect(dropped).toBeGreaterThan(0);
    expect(messages.length + dropped).toBe(500);
    expect(lines.at(-1)).toMatchObject({ level: "info", message: "m500" });
    expect((await room.record()).progress).toEqual({ percent: 100, message: "m500" });
  });

  test("reports bare numbers in a few writes, the last one always", async () => {
    await using room = await openContextRoom(open);
    const { context, settle } = await room.launch();
    for (let n = 1; n <= 1_000; n += 1) void context.reportProgress(n / 10);
    await settle();
    const told = await eventsOf(room, "process.progressed");
    expect(told.length).toBeLessThan(10);
    expect(told.at(-1)).toEqual({ type: "process.progressed", percent: 100 });
    expect((await room.record()).progress).toEqual({ percent: 100 });
    expect(await room.lines()).toEqual([]);
  });

  test("publishes one result, for its own run", async () => {
    await using room = await openContextRoom(open);
    const first = await room.launch();
    first.context.publishResult({ n: 1 });
    expect(() => first.context.publishResult({ n: 2 })).toThrow("published its result already");
    const second = await room.launch();
    expect(room.results.find("p")).toBeUndefined();
    expect(() => first.context.publishResult({ n: 1 })).toThrow("is over");
    second.context.publishResult({ n: 2 });
    expect(room.results.find("p")).toEqual({ n: 2 });
    await second.settle();
    expect(() => second.context.publishResult({ n: 3 })).toThrow("is over");
  });

  test("shows widget data, which stay after the end and go with the next launch", async () => {
    await using room = await openContextRoom(open);
    const { context, settle } = await room.launch();
    const shown = { rows: [1, "\0 \uD800", null], at: new Date(0) };
    await context.setWidgetData(shown);
    expect((await room.record()).widgetData).toEqual({ rows: shown.rows, at: "1970-01-01T00:00:00.000Z" });
    for (const data of [undefined, () => 1, 1n]) {
      await expect(context.setWidgetData(data)).rejects.toMatchObject({ code: "invalid" });
    }
    await expect(context.setWidgetData("x".repeat(70_000))).rejects.toMatchObject({ code: "too-large" });
    await context.clearWidgetData();
    expect((await room.record()).widgetData).toBeNull();
    await context.setWidgetData([2]);
    await settle();
    expect((await room.record()).widgetData).toEqual([2]);
    await room.launch();
    expect((await room.record()).widgetData).toBeNull();
  });

  test("asks for a browser, attention and the client's ear, each by an event with the id that it answers", async () => {
    await using room = await openContextRoom(open);
    const { context } = await room.launch();
    const url = "https://example.com/login";
    const ids = [
      await context.requestBrowser(url),
      await context.needAttention("stuck"),
      await context.messageClient("stage", { n: 2 }),
    ];
    expect(new Set(ids).size).toBe(3);
    expect(await eventsOf(room, "browser.requested", "attention.requested", "message.client")).toEqual([
      { type: "browser.requested", requestId: ids[0], url },
      { type: "attention.requested", requestId: ids[1], reason: "stuck" },
      { type: "message.client", requestId: ids[2], keyword: "stage", data: { n: 2 } },
    ]);
    const [asked] = (await room.events()).filter(({ event }) => event.type === "browser.requested");
    expect(Date.parse(asked?.at ?? "")).toBeGreaterThan(0);
  });

  test("tells requests of an earlier run apart by their run", async () => {
    await using room = await openContextRoom(open);
    const first = await room.launch();
    await first.context.needAttention("then");
    const second = await room.launch();
    await second.context.needAttention("now");
    const asked = (await room.events()).filter(({ event }) => event.type === "attention.requested");
    expect(asked.map(({ run, event }) => [run, event])).toEqual([
      [1, expect.objectContaining({ reason: "then" })],
      [2, expect.objectContaining({ reason: "now" })],
    ]);
  });

  test("marks saved state, which survives a relaunch, and writes nothing when it is marked already", async () => {
    await using room = await openContextRoom(open);
    const first = await room.launch();
    await first.context.markSavedState();
    const { changeId } = await room.record();
    await first.context.markSavedState();
    expect(await room.record()).toMatchObject({ hasSavedState: true, changeId });
    const second = await room.launch({ resume: true });
    expect(second.context.resume).toBe(true);
    expect((await room.record()).hasSavedState).toBe(true);
    await second.context.clearSavedState();
    expect((await room.record()).hasSavedState).toBe(false);
  });

  test("warns and does nothing when a task without resume marks saved state", async () => {
    await using room = await openContextRoom(open, { supportsResume: false });
    const { context } = await room.launch();
    await context.markSavedState();
    await context.clearSavedState();
    expect((await room.record()).hasSavedState).toBe(false);
    const lines = await room.lines();
    expect(lines).toMatchObject([{ level: "warning" }, { level: "warning" }]);
    expect(lines[0]?.message).toContain("does not support resume");
  });

  test("marks its process as ephemeral", async () => {
    await using room = await openContextRoom(open);
    const { context } = await room.launch();
    await context.markEphemeral();
    expect((await room.record()).ephemeral).toBe(true);
  });

  test("keeps blobs, and none that is whole only after the end", async () => {
    await using room = await openContextRoom(open);
    const { context, settle } = await room.launch();
    await context.blobs.put("a.txt", "content");
    expect(await text(await context.blobs.get("a.txt"))).toBe("content");
    const rest = Promise.withResolvers<Uint8Array>();
    const late = context.blobs.put(
      "late.txt",
      (async function* () {
        yield await rest.promise;
      })(),
    );
    await settle();
    rest.resolve(Buffer.from("late"));
    await expect(late).rejects.toMatchObject(stale);
    expect((await context.blobs.list()).map(({ name }) => name)).toEqual(["a.txt"]);
  });

  test("writes nothing once another owner has the run", async () => {
    await using room = await openContextRoom(open);
    const { context, settle } = await room.launch();
    await room.takeOver();
    const before = await room.events();
    for (const write of writesOf(context)) await expect(write()).rejects.toMatchObject(stale);
    await expect(context.reportProgress(1)).rejects.toMatchObject(stale);
    await expect(settle()).rejects.toMatchObject(stale);
    expect(await room.events()).toEqual(before);
    expect(await room.record()).toMatchObject({ widgetData: null, progress: null, hasSavedState: false });
  });

  test("writes nothing after the end of its run, which waits for what is under way", async () => {
    await using room = await openContextRoom(open);
    const { context, settle } = await room.launch();
    void context.log("info", "under way");
    await settle();
    expect(await room.lines()).toMatchObject([{ message: "under way" }]);
    const before = await room.events();
    for (const write of writesOf(context)) {
      await expect(write()).rejects.toMatchObject({
        ...stale,
        message: expect.stringContaining("run 1 of 'p' is over"),
      });
    }
    expect(context.shouldContinue).toBe(false);
    expect(await room.events()).toEqual(before);
  });

  test("brings nothing down when a write fails that nobody waits for", async () => {
    await using room = await openContextRoom(open);
    const { context, settle } = await room.launch();
    await settle();
    const unhandled: unknown[] = [];
    const hear = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", hear);
    for (const write of writesOf(context)) void write();
    await expect(context.log("info", "m")).rejects.toMatchObject(stale);
    await new Promise<void>((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", hear);
    expect(unhandled).toEqual([]);
  });
});

function writesOf(context: ProcessContext): (() => Promise<unknown>)[] {
  return [
    () => context.log("info", "m"),
    () => context.reportProgress(50, "m"),
    () => context.setWidgetData(1),
    () => context.clearWidgetData(),
    () => context.requestBrowser("https://example.com"),
    () => context.needAttention("m"),
    () => context.messageClient("m", 1),
    () => context.markSavedState(),
    () => context.markEphemeral(),
  ];
}

async function eventsOf<T extends EventType>(room: ContextRoom, ...types: T[]): Promise<EventOf<T>[]> {
  const isWanted = (event: { type: EventType }): event is EventOf<T> => types.some((type) => type === event.type);
  return (await room.events()).flatMap(({ event }) => (isWanted(event) ? [event] : []));
}

function droppedOf(data: unknown): number {
  return typeof data === "object" && data !== null && "dropped" in data ? Number(data.dropped) : 0;
}
