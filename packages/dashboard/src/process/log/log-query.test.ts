import { expect, test } from "vitest";
import { runChoices, splitAtHits, toLogQuery, WHOLE_LOG } from "./log-query.ts";

test("the whole log asks for nothing", () => {
  expect(toLogQuery(WHOLE_LOG)).toEqual({});
  expect(toLogQuery({ level: "debug", run: "", text: "  " })).toEqual({});
});

test("a choice becomes level, run and text", () => {
  expect(toLogQuery({ level: "error", run: "3", text: " full disk " })).toEqual({
    level: "error",
    run: 3,
    q: "full disk",
  });
});

test("runs are offered newest first, at most fifty of them", () => {
  expect(runChoices(2).map(({ label }) => label)).toEqual(["All runs", "Run 2, the newest", "Run 1"]);
  expect(runChoices(900)).toHaveLength(51);
});

test.each([
  ["nothing searched", "abc", "", ["abc"]],
  ["no hit", "abc", "x", ["abc"]],
  ["hits in any case, every second piece", "Disk full: disk", "disk", ["", "Disk", " full: ", "disk", ""]],
  ["a letter that grows in lower case", "İ disk", "disk", ["İ disk"]],
])("%s", (_, message, text, pieces) => {
  expect(splitAtHits(message, text)).toEqual(pieces);
});
