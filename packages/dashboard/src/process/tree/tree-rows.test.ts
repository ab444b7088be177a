import { describe, expect, test } from "vitest";
import { childSummary, summary, taskSummary } from "../../feed/summary.test-support.ts";
import { buildTree, countProcesses, descendantsOf } from "./build-tree.ts";
import type { TreeRow } from "./tree-rows.ts";
import { treeMove, treeRows } from "./tree-rows.ts";

const root = taskSummary("root", { state: "running" });
const first = childSummary(root, "first", { order: 0, state: "done" });
const second = childSummary(root, "second", { order: 1 });
const deep = childSummary(second, "deep", { state: "failed" });
const last = childSummary(root, "last", { order: 2 });
const stranger = taskSummary("stranger");
const everything = [deep, last, stranger, second, root, first];
const ALL = { closed: new Set<string>(), hidesDone: false };
const node = () => {
  const built = buildTree(everything, "root");
  if (!built) throw new Error("the root is there");
  return built;
};
const ids = (rows: readonly TreeRow[]) => rows.map(({ process }) => process.id);

test("a tree holds what is below the process, siblings in their order, and nothing else", () => {
  expect(descendantsOf(node()).map(({ id }) => id)).toEqual([
    "root.first",
    "root.second",
    "root.second.deep",
    "root.last",
  ]);
  expect(buildTree(everything, "gone")).toBeUndefined();
});

test("the tree of a child begins at the child", () => {
  const built = buildTree(everything, "root.second");
  expect(built?.children.map(({ process }) => process.id)).toEqual(["root.second.deep"]);
});

test("what is below is counted by state, waiting sessions among the active ones", () => {
  const asks = summary("root.asks", { parent: "root", root: "root", depth: 1, session: { pendingDecisions: 2 } });
  expect(countProcesses([...descendantsOf(node()), asks])).toEqual({ total: 5, active: 3, failed: 1, waiting: 1 });
});

test("lines know their level and place; below a closed one there are none", () => {
  expect(treeRows(node(), ALL).map(({ level, position, siblings }) => [level, position, siblings])).toEqual([
    [1, 1, 3],
    [1, 2, 3],
    [2, 1, 1],
    [1, 3, 3],
  ]);
  const closed = treeRows(node(), { ...ALL, closed: new Set(["root.second"]) });
  expect(ids(closed)).toEqual(["root.first", "root.second", "root.last"]);
  expect(closed[1]).toMatchObject({ hasChildren: true, isOpen: false });
});

test("hiding what is done leaves out done lines and counts the others anew", () => {
  const rows = treeRows(node(), { ...ALL, hidesDone: true });
  expect(ids(rows)).toEqual(["root.second", "root.second.deep", "root.last"]);
  expect(rows[0]).toMatchObject({ position: 1, siblings: 2 });
});

describe("keys of the tree", () => {
  const rows = treeRows(node(), ALL);
  const folded = treeRows(node(), { ...ALL, closed: new Set(["root.second"]) });
  test.each([
    ["down goes to the next line", "ArrowDown", 0, rows, { type: "focus", index: 1 }],
    ["down stays at the last line", "ArrowDown", 3, rows, { type: "focus", index: 3 }],
    ["up stays at the first line", "ArrowUp", 0, rows, { type: "focus", index: 0 }],
    ["right opens a closed line", "ArrowRight", 1, folded, { type: "open", id: "root.second" }],
    ["right goes into an open line", "ArrowRight", 1, rows, { type: "focus", index: 2 }],
    ["right does nothing at a leaf", "ArrowRight", 0, rows, undefined],
    ["left closes an open line", "ArrowLeft", 1, rows, { type: "close", id: "root.second" }],
    ["left goes to the parent", "ArrowLeft", 2, rows, { type: "focus", index: 1 }],
    ["left does nothing at the top", "ArrowLeft", 0, rows, undefined],
    ["end goes to the last line", "End", 0, rows, { type: "focus", index: 3 }],
    ["home goes to the first line", "Home", 2, rows, { type: "focus", index: 0 }],
    ["another key does nothing", "x", 0, rows, undefined],
  ] as const)("%s", (_, key, index, list, move) => {
    expect(treeMove(key, index, list)).toEqual(move);
  });
});
