import type { Item } from "@optio/contract";
import { expect, test } from "vitest";
import { activityOf } from "./activity.ts";

const item = (kind: string, fields: Record<string, unknown> = {}): Item => ({
  id: "i",
  kind,
  status: "inProgress",
  ...fields,
});

test.each<[string, Item, string]>([
  ["a message read", item("userMessage"), "reading the message"],
  ["a message being written", item("agentMessage", { text: "" }), "writing"],
  ["a message's first line", item("agentMessage", { text: "\n  Done.\nMore" }), "Done."],
  ["a message whose text is no text", item("agentMessage", { text: 7 }), "writing"],
  ["thought", item("reasoning"), "thinking"],
  ["a plan", item("plan"), "planning"],
  ["a command", item("commandExecution", { command: "npm test" }), "$ npm test"],
  ["a command in a shell", item("commandExecution", { command: "/bin/bash -lc 'ls -l | wc'" }), "$ ls -l | wc"],
  ["a command in a plain shell", item("commandExecution", { command: "sh -c 'a\nb'" }), "$ a\nb"],
  [
    "a change of two files",
    item("fileChange", { changes: [{ path: "/w/a.ts" }, { path: "b.ts" }] }),
    "editing a.ts, b.ts",
  ],
  ["changes that name nothing", item("fileChange", { changes: [{}, null, { path: 3 }] }), "editing files"],
  ["changes that are no list", item("fileChange", { changes: "x" }), "editing files"],
  ["a search", item("webSearch"), "searching the web"],
  ["a tool", item("mcpToolCall", { tool: "grep" }), "tool grep"],
  ["a dynamic tool", item("dynamicToolCall", { tool: "ask" }), "tool ask"],
  ["what no one knows", item("contextCompaction"), "contextCompaction"],
])("says in one line what %s is", (_, given, expected) => {
  expect(activityOf(given)).toBe(expected);
});

test("clips what is long, with an ellipsis, to 120 characters", () => {
  const line = activityOf(item("agentMessage", { text: "x".repeat(500) }));
  expect(line).toBe(`${"x".repeat(119)}…`);
  expect(activityOf(item("agentMessage", { text: "x".repeat(120) }))).toBe("x".repeat(120));
});
