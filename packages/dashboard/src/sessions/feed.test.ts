import { expect, test } from "vitest";
import { EMPTY_FEED, reduceFeed } from "../feed/reduce-feed.ts";
import { childSummary, summary, taskSummary } from "../feed/summary.test-support.ts";
import { at } from "../thread/golden.test-support.ts";
import type { Family } from "./fold-families.ts";
import { foldFamilies } from "./fold-families.ts";
import { groupProcesses } from "./group-processes.ts";

test("a list replaces all, a frame replaces one, and a removed process goes", () => {
  const listed = reduceFeed(EMPTY_FEED, { type: "list", processes: [summary("a"), summary("b")] });
  const frame = { type: "process", process: summary("a", { name: "renamed" }) } as const;
  const changed = reduceFeed(listed, { type: "frames", frames: [frame] });
  expect([...changed.processes.values()].map(({ name }) => name)).toEqual(["renamed", "b"]);
  const gone = reduceFeed(changed, { type: "frames", frames: [{ type: "process.removed", id: "a" }] });
  expect([...gone.processes.keys()]).toEqual(["b"]);
  expect(listed.processes.get("a")?.name).toBe("a");
});

test("the count of decisions is the feed's", () => {
  const state = reduceFeed(EMPTY_FEED, { type: "frames", frames: [{ type: "decisions", pending: 4 }] });
  expect(state.pendingDecisions).toBe(4);
});

const grouped = (...processes: Parameters<typeof childSummary>[0][]) =>
  groupProcesses(foldFamilies(new Map(processes.map((process) => [process.id, process]))));
const ids = (families: readonly Family[]) => families.map(({ head }) => head.id);

test("what needs a person comes first, failures after what waits, newest first in each", () => {
  const groups = grouped(
    summary("old", { state: "done", endedAt: at(1) }),
    summary("new", { state: "done", endedAt: at(9) }),
    summary("broken", { state: "failed", endedAt: at(5) }),
    summary("asks", { session: { pendingDecisions: 1, phase: "waiting" } }),
    summary("login", { session: { phase: "login" }, startedAt: at(3) }),
    summary("works", { session: { phase: "busy" } }),
    summary("stopped", { state: "cancelled", endedAt: at(2), session: { phase: "login" } }),
  );
  expect(ids(groups.needsYou)).toEqual(["login", "asks", "broken"]);
  expect(ids(groups.running)).toEqual(["works"]);
  expect(ids(groups.done)).toEqual(["new", "stopped", "old"]);
});

test("tasks that were never launched stand together, by name", () => {
  const groups = grouped(
    taskSummary("b", { name: "Beta" }),
    taskSummary("a", { name: "Zeta" }),
    taskSummary("c", { name: "Alpha" }),
  );
  expect(ids(groups.ready)).toEqual(["c", "b", "a"]);
  expect([...groups.running, ...groups.done, ...groups.needsYou]).toEqual([]);
});

test("a session that waits below a task brings its task to the top, a failure below does not", () => {
  const waits = taskSummary("waits", { state: "running" });
  const bears = taskSummary("bears", { state: "running" });
  const session = summary("waits.ask", { parent: "waits", root: "waits", depth: 1, session: { pendingDecisions: 1 } });
  const groups = grouped(waits, session, bears, childSummary(bears, "x", { state: "failed" }));
  expect(ids(groups.needsYou)).toEqual(["waits"]);
  expect(ids(groups.running)).toEqual(["bears"]);
});
