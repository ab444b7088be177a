import { describe, expect, test } from "vitest";
import type { ChildProgress } from "../task.ts";
import { average, mapped, sequential } from "./aggregate.ts";
import { reportChildren } from "./report-children.ts";

function child(id: string, percent: number | null, state: ChildProgress["state"] = "running"): ChildProgress {
  return { id, name: id, state, percent, message: undefined };
}

describe("the percent of a parent is", () => {
  test("sequential: the sum of equal slots, filled in the order of the start", () => {
    const aggregate = sequential(4);
    expect(aggregate([])).toBe(0);
    expect(aggregate([child("a", 50)])).toBe(12.5);
    expect(aggregate([child("a", 100, "done"), child("b", 20)])).toBe(30);
    const all = ["a", "b", "c", "d"].map((id) => child(id, 3, "done"));
    expect(aggregate(all)).toBe(100);
    expect(aggregate([...all, child("e", 100, "done")])).toBe(100);
  });

  test("average: the mean of the children", () => {
    expect(average()([])).toBe(0);
    expect(average()([child("a", 50), child("b", 100), child("c", 0)])).toBe(50);
  });

  test("mapped: the range that the newest child fills", () => {
    const aggregate = mapped(20, 60);
    expect(aggregate([])).toBe(20);
    expect(aggregate([child("a", 100, "done"), child("b", 50)])).toBe(40);
    expect(aggregate([child("a", 100, "done")])).toBe(60);
  });

  test("0 for a child that cannot say, and 100 for one that has ended, however it ended", () => {
    for (const aggregate of [sequential(1), average(), mapped(0, 100)]) {
      expect(aggregate([child("a", null)])).toBe(0);
      for (const state of ["done", "failed", "cancelled"] as const) {
        expect(aggregate([child("a", null, state)])).toBe(100);
        expect(aggregate([child("a", 7, state)])).toBe(100);
      }
    }
  });

  test("refused for a number of slots or a range that is none", () => {
    expect(() => sequential(0)).toThrow("whole number");
    expect(() => sequential(1.5)).toThrow("whole number");
    for (const [start, end] of [
      [60, 20],
      [-1, 20],
      [0, 101],
      [Number.NaN, 50],
    ] as const) {
      expect(() => mapped(start, end)).toThrow("range");
    }
  });
});

describe("a parent that reports its children", () => {
  function parent() {
    const reported: (number | null)[] = [];
    const ctx = {
      async reportProgress(percent: number | null) {
        reported.push(percent);
      },
    };
    return { ctx, reported };
  }

  test("reports the aggregate when it changed", async () => {
    const { ctx, reported } = parent();
    const onProgress = reportChildren(ctx, average());
    await onProgress([child("a", 0), child("b", 0)]);
    await onProgress([child("a", 50), child("b", 0)]);
    await onProgress([child("a", 50), child("b", 0)]);
    await onProgress([child("a", 100, "done"), child("b", 0)]);
    expect(reported).toEqual([0, 25, 50]);
  });

  test("knows the children of the calls before in a sequence", async () => {
    const { ctx, reported } = parent();
    const onProgress = reportChildren(ctx, sequential(2));
    await onProgress([child("a", 50)]);
    await onProgress([child("a", 50, "done")]);
    await onProgress([child("b", 0)]);
    await onProgress([child("b", 50)]);
    expect(reported).toEqual([25, 50, 75]);
  });

  test("begins anew with each group", async () => {
    const { ctx, reported } = parent();
    await reportChildren(ctx, average())([child("a", 100, "done")]);
    await reportChildren(ctx, average())([child("b", 10)]);
    expect(reported).toEqual([100, 10]);
  });
});
