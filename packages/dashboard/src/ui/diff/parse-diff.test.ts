import { expect, test } from "vitest";
import { parseDiff } from "./parse-diff.ts";

const DIFF = "--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@ head\n one\n-two\n+zwei\n three\n\\ No newline at end of file\n";

test("a unified diff keeps both line numbers and counts its changes", () => {
  const { lines, added, removed } = parseDiff(DIFF);
  expect(lines.map((line) => [line.type, line.text, line.oldLine, line.newLine])).toEqual([
    ["hunk", "head", undefined, undefined],
    ["context", "one", 1, 1],
    ["remove", "two", 2, undefined],
    ["add", "zwei", undefined, 2],
    ["context", "three", 3, 3],
  ]);
  expect({ added, removed }).toEqual({ added: 1, removed: 1 });
});

test("a second hunk counts from its own head", () => {
  const { lines } = parseDiff("@@ -1 +1 @@\n-a\n+b\n@@ -10 +20,2 @@\n x\n+y\n");
  expect(lines.at(-1)).toEqual({ type: "add", text: "y", oldLine: undefined, newLine: 21 });
});

test("a text without hunks is a whole file, added or removed", () => {
  expect(parseDiff("a\nb\n")).toMatchObject({ added: 2, removed: 0 });
  expect(parseDiff("a\nb\n", "remove")).toMatchObject({ added: 0, removed: 2 });
  expect(parseDiff("").lines).toEqual([]);
});

test("a removed line that looks like a file head stays a removed line", () => {
  expect(parseDiff("@@ -1 +0,0 @@\n--- comment\n").lines.at(-1)).toMatchObject({ type: "remove", text: "-- comment" });
});
