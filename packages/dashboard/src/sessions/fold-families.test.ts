import { expect, test } from "vitest";
import { childSummary, summary, taskSummary } from "../feed/summary.test-support.ts";
import { foldFamilies, searchFamilies } from "./fold-families.ts";

const report = taskSummary("report", {
  name: "Nightly report",
  description: "Sums up sales",
  metadata: { team: "core" },
});
const running = childSummary(report, "fetch");
const deep = childSummary(running, "page", { state: "failed" });
const done = childSummary(report, "write", { state: "done" });
const alone = summary("alone", { name: "Tidy up" });
const all = new Map([deep, report, running, done, alone].map((process) => [process.id, process]));

test("children are folded below their root, whatever their depth and the order they are listed in", () => {
  const families = foldFamilies(all);
  expect(families.map(({ head }) => head.id)).toEqual(["report", "alone"]);
  expect(families[0]?.counts).toEqual({ total: 3, active: 1, failed: 1, waiting: 0 });
  expect(families[1]?.counts.total).toBe(0);
});

test("a child whose root is not listed stands under the topmost of its line that is", () => {
  const families = foldFamilies(new Map([deep, running].map((process) => [process.id, process])));
  expect(families.map(({ head, below }) => [head.id, below.length])).toEqual([["report.fetch", 1]]);
});

test.each([
  ["a name", "nightly", ["report"]],
  ["a description", "SALES", ["report"]],
  ["metadata as a pair", "team=core", ["report"]],
  ["several words of one process, in any order", "sales nightly", ["report"]],
  ["a child, which shows its root", "page", ["report"]],
  ["nothing, which shows all", "  ", ["report", "alone"]],
  ["words of two different processes, which is no match", "tidy nightly", []],
])("the search finds %s", (_, text, found) => {
  expect(searchFamilies(foldFamilies(all), text).map(({ head }) => head.id)).toEqual(found);
});
