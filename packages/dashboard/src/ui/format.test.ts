import { expect, test } from "vitest";
import {
  firstLine,
  formatDistance,
  formatDuration,
  formatElapsed,
  formatInstant,
  formatTokens,
  plural,
} from "./format.ts";

test.each([
  [-5, "0 ms"],
  [420, "420 ms"],
  [4210, "4.2 s"],
  [42_900, "42 s"],
  [185_000, "3 min 05 s"],
  [7_800_000, "2 h 10 min"],
  [273_600_000, "3 d 4 h"],
])("%i ms is %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test("elapsed time has one unit", () => {
  expect([500, 61_000, 7_300_000, 200_000_000].map(formatElapsed)).toEqual(["0 s", "1 min", "2 h", "2 d"]);
});

test("tokens are short", () => {
  expect([0, 999, 1000, 12_345, 1_250_000].map(formatTokens)).toEqual(["0", "999", "1k", "12.3k", "1.3M"]);
});

test("a first line is cut with an ellipsis only when something is left out", () => {
  expect(firstLine("\none\n")).toBe("one");
  expect(firstLine("one\ntwo")).toBe("one…");
  expect(firstLine("abcdef", 3)).toBe("abc…");
});

test("nouns agree with their count", () => {
  expect([plural(0, "file"), plural(1, "file"), plural(2, "file")]).toEqual(["0 files", "1 file", "2 files"]);
});

test("a distance says in which direction an instant lies", () => {
  const nowMs = 1_000_000_000;
  const distances = [5_000, -120_000, 400, 7_020_000].map((ms) => formatDistance(nowMs + ms, nowMs));
  expect(distances).toEqual(["in 5 s", "2 min ago", "now", "in 1 h 57 min"]);
});

test("an instant is told in a zone that is then named", () => {
  expect(formatInstant("2026-01-01T05:00:00.000Z", "Asia/Tokyo")).toMatch(/\b0?[12]4?:00:00.*(GMT\+9|JST)/);
});
