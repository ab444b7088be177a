import { expect, test } from "vitest";
import { parseChatLine } from "./parse-chat-line.ts";

test.each([
  ["hello", { kind: "message", text: "hello", mode: "auto" }],
  ["  indented", { kind: "message", text: "  indented", mode: "auto" }],
  ["", { kind: "nothing" }],
  ["   ", { kind: "nothing" }],
  ["/interrupt", { kind: "interrupt" }],
  ["/quit", { kind: "quit" }],
  ["/exit", { kind: "quit" }],
  ["/close", { kind: "close" }],
  ["/decide", { kind: "decide" }],
  ["/steer go left", { kind: "message", text: "go left", mode: "steer" }],
  ["//etc/hosts is odd", { kind: "message", text: "/etc/hosts is odd", mode: "auto" }],
])("'%s' is understood", (line, expected) => {
  expect(parseChatLine(line)).toEqual(expected);
});

test("an unknown command, and steer without words, explain what there is", () => {
  for (const line of ["/etc/hosts", "/steer", "/help"]) {
    expect(parseChatLine(line)).toMatchObject({ kind: "help", text: expect.stringContaining("/interrupt") });
  }
});
