import { expect, test } from "vitest";
import { lines } from "./log.test-support.ts";
import type { LogInput, LogState } from "./reduce-log.ts";
import { EMPTY_LOG, lastSeq, MAX_LINES, reduceLog } from "./reduce-log.ts";

const take = (...inputs: LogInput[]) => inputs.reduce(reduceLog, EMPTY_LOG);
const span = ({ lines: all }: LogState) => [all[0]?.seq, all.at(-1)?.seq, all.length];
const newest = (from: number, to: number): LogInput => ({
  type: "newest",
  head: to,
  lines: lines(from, to),
  hasMore: from > 1,
});
const live = (from: number, to: number, isFollowing = true): LogInput => ({
  type: "live",
  lines: lines(from, to),
  isFollowing,
});

test("the newest page, older pages before it and live lines after it make one window without a gap", () => {
  const state = take(newest(901, 1000), { type: "older", lines: lines(801, 900), hasMore: true }, live(1001, 1003));
  expect(span(state)).toEqual([801, 1003, 203]);
  expect(state).toMatchObject({ hasOlder: true, hasNewer: false, arrived: 3, heard: 1003 });
});

test("lines that are there already are not taken twice, by a page or by the stream", () => {
  const state = take(newest(1, 10), { type: "older", lines: lines(1, 3), hasMore: false }, live(8, 12), live(11, 13));
  expect(state.lines.map(({ seq }) => seq)).toEqual(lines(1, 13).map(({ seq }) => seq));
  expect(state.arrived).toBe(3);
});

test("older lines move the first index, so that a list keeps its place", () => {
  const before = take(newest(901, 1000));
  const after = reduceLog(before, { type: "older", lines: lines(801, 900), hasMore: false });
  expect(before.firstIndex - after.firstIndex).toBe(100);
  expect(after.window).toBe(before.window);
});

test("a window at the beginning leaves live lines for later and ends where the pages end", () => {
  const start = take(newest(901, 1000), { type: "oldest", lines: lines(1, 100), hasMore: true }, live(1001, 1001));
  expect(span(start)).toEqual([1, 100, 100]);
  expect(start).toMatchObject({ hasOlder: false, hasNewer: true, heard: 1001, opensAt: "start" });
  const behind = reduceLog(start, { type: "newer", lines: lines(101, 1000), hasMore: false });
  expect(behind.hasNewer).toBe(true);
  const whole = reduceLog(behind, { type: "newer", lines: lines(1001, 1001), hasMore: false });
  expect([...span(whole), whole.hasNewer]).toEqual([1, 1001, 1001, false]);
  expect(lastSeq(reduceLog(whole, live(1002, 1002)))).toBe(1002);
});

test("going back to the end while lines come in leaves a page to load, not a gap", () => {
  const start = take(newest(901, 1000), live(1001, 1001), { type: "oldest", lines: lines(1, 100), hasMore: true });
  const raced = reduceLog(reduceLog(start, live(1002, 1005)), {
    type: "newest",
    head: 1001,
    lines: lines(902, 1001),
    hasMore: true,
  });
  expect(raced.hasNewer).toBe(true);
  const caughtUp = reduceLog(raced, { type: "newer", lines: lines(1002, 1005), hasMore: false });
  expect([...span(caughtUp), caughtUp.hasNewer]).toEqual([902, 1005, 104, false]);
});

test("a head that no line of a filter has is not waited for", () => {
  const state = take({ type: "newest", head: 1000, lines: lines(10, 12), hasMore: false });
  expect(state.hasNewer).toBe(false);
  expect(reduceLog(state, { type: "oldest", lines: lines(10, 12), hasMore: false }).hasNewer).toBe(false);
});

test("following for long drops the oldest lines, which can be loaded again", () => {
  const state = take(newest(1, 10), live(11, MAX_LINES + 30));
  expect(span(state)).toEqual([31, MAX_LINES + 30, MAX_LINES]);
  expect(state.hasOlder).toBe(true);
  expect(state.firstIndex - EMPTY_LOG.firstIndex).toBe(30);
});

test("whoever reads far up keeps the lines in view: the window ends and the rest is a page away", () => {
  const state = take(newest(1, 10), live(11, MAX_LINES), live(MAX_LINES + 1, MAX_LINES + 5, false));
  expect(span(state)).toEqual([1, MAX_LINES, MAX_LINES]);
  expect(state).toMatchObject({ hasNewer: true, heard: MAX_LINES + 5 });
});

test("paging far up drops the newest lines", () => {
  const far = take({ type: "newest", head: MAX_LINES + 500, lines: lines(501, MAX_LINES + 500), hasMore: true });
  const state = reduceLog(far, { type: "older", lines: lines(1, 500), hasMore: false });
  expect(span(state)).toEqual([1, MAX_LINES, MAX_LINES]);
  expect(state).toMatchObject({ hasOlder: false, hasNewer: true });
});

test("a log that was dropped begins anew in another window", () => {
  const before = take(newest(1, 10), live(11, 12));
  const state = reduceLog(before, { type: "dropped" });
  expect(state).toEqual({ ...EMPTY_LOG, window: before.window + 1 });
});
