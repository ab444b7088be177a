import { OptioError } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { ReporterRoom } from "./reporter-room.test-support.ts";

const storeFailed = new OptioError("store-failed", "the store is away");

describe("quiet messages", () => {
  test("are all written, in their order, each as a line of its own", async () => {
    const room = new ReporterRoom();
    room.durationsMs = [35];
    for (let n = 1; n <= 20; n += 1) {
      room.report(n, `m${n}`);
      await room.pass(10);
    }
    await room.settle();
    expect(room.lines).toEqual(Array.from({ length: 20 }, (_, index) => `m${index + 1}`));
    expect(room.percent).toBe(20);
  });

  test("of one burst share a write", async () => {
    const room = new ReporterRoom();
    for (let n = 1; n <= 10; n += 1) room.report(n, `m${n}`);
    await room.pass(0);
    expect(room.taken).toHaveLength(1);
    expect(room.lines).toHaveLength(10);
  });

  test("make the bar indeterminate without a percent", async () => {
    const room = new ReporterRoom();
    room.report(50, "half");
    room.report(null, "who knows");
    await room.pass(0);
    expect(room.percent).toBeNull();
  });

  test("count as an avalanche while too many of them wait for a slow store", async () => {
    const room = new ReporterRoom({ maxWaiting: 5 });
    room.durationsMs = [10_000, 0];
    for (let n = 1; n <= 9; n += 1) {
      room.report(n, `m${n}`);
      await room.pass(20);
    }
    await room.settle();
    expect(room.lines).toEqual(["m1", "m2", "m3", "m4", "m5", "m6", "(2)", "m9"]);
  });
});

describe("an avalanche", () => {
  test("keeps its latest message and counts the others, at most one flush an interval", async () => {
    const room = new ReporterRoom();
    for (let n = 1; n <= 1_000; n += 1) {
      room.report(n / 10, `m${n}`);
      if (n % 5 === 0) await room.pass(1, 1);
    }
    await room.settle();
    const dropped = sumOfDropped(room.lines);
    const messages = room.lines.filter((line) => line.startsWith("m"));
    expect(messages.slice(0, 10)).toEqual(Array.from({ length: 10 }, (_, index) => `m${index + 1}`));
    expect(messages.at(-1)).toBe("m1000");
    expect(messages.length + dropped).toBe(1_000);
    expect(room.percent).toBe(100);
    // 200 ms: two of the quiet beginning, one an interval, the last
    expect(room.taken.length).toBeLessThanOrEqual(6);
  });

  test("that ends is told before the next quiet message: the summary, its last message, then the new one", async () => {
    const room = new ReporterRoom({ intervalMs: 1_000 });
    for (let n = 1; n <= 10; n += 1) room.report(n, `m${n}`);
    room.report(10, "flushed at once");
    await room.pass(10);
    for (let n = 1; n <= 5; n += 1) room.report(10 + n, `a${n}`);
    await room.pass(200);
    expect(room.lines.at(-1)).toBe("flushed at once");
    room.report(50, "quiet again");
    await room.pass(0);
    expect(room.lines.slice(-4)).toEqual(["flushed at once", "(4)", "a5", "quiet again"]);
  });

  test("left over at the end is told with its summary", async () => {
    const room = new ReporterRoom();
    for (let n = 1; n <= 30; n += 1) room.report(n, `m${n}`);
    await room.settle();
    expect(room.lines.slice(9)).toEqual(["m10", "(19)", "m30"]);
  });
});

describe("reports without a message", () => {
  test("are a few writes for 200 of them in 0.2 s, an interval apart, the last value always", async () => {
    const room = new ReporterRoom();
    room.durationsMs = [30];
    for (let n = 1; n <= 200; n += 1) {
      room.report(n / 2);
      await room.pass(1, 1);
    }
    await room.settle();
    expect(room.percent).toBe(100);
    expect(room.lines).toEqual([]);
    expect(room.taken.length).toBeGreaterThan(1);
    expect(room.taken.length).toBeLessThanOrEqual(4);
  });

  test("are written by themselves: the last one an interval after the write before", async () => {
    const room = new ReporterRoom();
    room.report(1);
    await room.pass(0);
    room.report(2);
    room.report(3);
    await room.pass(95);
    expect(room.percent).toBe(1);
    await room.pass(5);
    expect(room.taken.map(({ beganAtMs }) => beganAtMs)).toEqual([0, 100]);
    expect(room.percent).toBe(3);
  });

  test("do not wait for a clock that was put back", async () => {
    const room = new ReporterRoom();
    room.clock.advance(3_600_000);
    room.report(1);
    await room.pass(0);
    room.clock.advance(-3_600_000);
    room.report(2);
    await room.pass(5);
    expect(room.percent).toBe(2);
  });

  test("give way to a message that follows, and follow one that came before", async () => {
    const room = new ReporterRoom();
    room.report(10);
    room.report(20, "twenty");
    await room.pass(0);
    expect(room.percent).toBe(20);
    room.report(30);
    await room.settle();
    expect(room.percent).toBe(30);
    expect(room.lines).toEqual(["twenty"]);
  });
});

describe("nothing in flight is lost:", () => {
  test("a value that is reported during a write is written after it", async () => {
    const room = new ReporterRoom();
    room.durationsMs = [30];
    room.report(1);
    await room.pass(10);
    room.report(2);
    await room.pass(200);
    expect(room.percent).toBe(2);
  });

  test("the last flush waits for the write under way and writes what came meanwhile", async () => {
    const room = new ReporterRoom();
    room.durationsMs = [500];
    room.report(1, "first");
    await room.pass(10);
    room.report(2, "second");
    room.report(3);
    await room.settle();
    expect(room.lines).toEqual(["first", "second"]);
    expect(room.percent).toBe(3);
    expect(room.mostWriting).toBe(1);
  });

  test("the last flush of nothing ends at once, a second one too", async () => {
    const room = new ReporterRoom();
    await room.reporter.settle();
    await room.reporter.settle();
    expect(room.attempts).toBe(0);
  });
});

describe("a report", () => {
  test("by itself resolves when it is stored", async () => {
    const room = new ReporterRoom();
    room.durationsMs = [50];
    const reported = room.reporter.report(10, "stored").then(() => room.lines);
    await room.pass(50);
    expect(await reported).toEqual(["stored"]);
  });

  test("in a series does not wait for the store", async () => {
    const room = new ReporterRoom();
    room.durationsMs = [60_000];
    room.report(0, "begins");
    for (let n = 1; n <= 1_000; n += 1) await room.reporter.report(n / 10, `m${n}`);
    expect(room.taken).toEqual([]);
    room.clock.advance(60_000);
    room.durationsMs = [0];
    await room.settle();
    expect(room.percent).toBe(100);
  });

  test.each([-0.1, 100.1, Number.NaN, Number.POSITIVE_INFINITY])("of %s percent is refused", async (percent) => {
    const room = new ReporterRoom();
    await expect(room.reporter.report(percent)).rejects.toMatchObject({ code: "invalid" });
    await room.settle();
    expect(room.attempts).toBe(0);
  });

  test("with a message that is too long is refused", async () => {
    const { reporter } = new ReporterRoom();
    await expect(reporter.report(1, "x".repeat(10_001))).rejects.toMatchObject({ code: "invalid" });
  });
});

describe("a write that fails", () => {
  test("is told to whoever waits for it, once, and done again later, before what came meanwhile", async () => {
    const room = new ReporterRoom();
    room.refusal = storeFailed;
    await expect(room.reporter.report(1, "first")).rejects.toBe(storeFailed);
    await room.reporter.report(2, "second");
    await room.pass(1_000);
    await room.reporter.report(3, "third");
    room.refusal = undefined;
    await room.pass(10_000);
    expect(room.lines).toEqual(["first", "second", "third"]);
    expect(room.percent).toBe(3);
    expect(room.logged).toEqual([]);
  });

  test("is told to the logger, once, when nobody waits for it", async () => {
    const room = new ReporterRoom();
    await room.reporter.report(1, "first");
    room.refusal = storeFailed;
    await room.reporter.report(2, "second");
    await room.pass(1_000);
    expect(room.attempts).toBeGreaterThan(2);
    expect(room.logged).toEqual(["progress could not be written; it is tried again"]);
  });

  test("is tried less and less often", async () => {
    const room = new ReporterRoom();
    room.refusal = storeFailed;
    room.report(1, "first");
    await room.pass(60_000, 50);
    expect(room.attempts).toBeGreaterThan(10);
    expect(room.attempts).toBeLessThan(20);
  });

  test("at the end is tried some times and given up: the run does not fail for it", async () => {
    const room = new ReporterRoom();
    room.refusal = storeFailed;
    room.report(1, "first");
    await room.settle();
    expect(room.attempts).toBeGreaterThanOrEqual(5);
    expect(room.logged).toEqual(["the last progress of a run was not written"]);
  });

  test("at the end is made good when the store is back in time", async () => {
    const room = new ReporterRoom();
    room.refusal = storeFailed;
    room.report(1, "first");
    const settled = room.settle();
    await room.pass(200);
    room.refusal = undefined;
    await settled;
    expect(room.lines).toEqual(["first"]);
  });

  test("because another owner has the run ends everything: what waits and what comes is refused", async () => {
    const room = new ReporterRoom();
    const stale = new OptioError("stale-owner", "lost");
    room.refusal = stale;
    await expect(room.reporter.report(1, "first")).rejects.toBe(stale);
    await expect(room.reporter.report(2, "second")).rejects.toBe(stale);
    await expect(room.settle()).rejects.toBe(stale);
    expect(room.attempts).toBe(1);
  });
});

function sumOfDropped(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + Number(/^\((\d+)\)$/.exec(line)?.[1] ?? 0), 0);
}
