import { expect, test } from "vitest";
import { at, command } from "./golden.test-support.ts";
import { itemDurationMs, itemStatus } from "./item-status.ts";
import { toolLine } from "./tool-line.ts";

test("a command shows without its shell, with place, exit and output", () => {
  const item = { ...command("c", "/bin/bash -lc 'npm test'"), status: "failed" as const, cwd: "/w", exitCode: 1 };
  expect(toolLine({ ...item, aggregatedOutput: "boom" })).toEqual({
    verb: "Ran",
    subject: "npm test",
    cwd: "/w",
    exitCode: 1,
    output: "boom",
    payload: undefined,
  });
});

test("a call that runs, asks or was declined says so", () => {
  const item = { ...command("c", "ls"), status: "inProgress" as const };
  expect(toolLine(item).verb).toBe("Running");
  expect(toolLine(item, "waiting").verb).toBe("Asks to run");
  expect(toolLine(item, "declined").verb).toBe("Did not run");
});

test("other tools show their name and their payload", () => {
  const item = { id: "x", kind: "mcpToolCall", status: "completed" as const, server: "files", tool: "read" };
  expect(toolLine(item)).toMatchObject({ verb: "Called", subject: "files/read", payload: item });
  expect(toolLine({ id: "x", kind: "newTool", status: "completed" })).toMatchObject({ subject: "newTool" });
});

test("an item left open by a turn that is over counts as interrupted", () => {
  const entry = {
    type: "item",
    key: "k",
    seq: 1,
    at: at(0),
    threadId: "t",
    turnId: "t1",
    item: { ...command("c", "ls"), status: "inProgress" as const },
  } as const;
  expect(itemStatus(entry, "t1")).toBe("inProgress");
  expect(itemStatus(entry, undefined)).toBe("interrupted");
  expect(itemStatus({ ...entry, item: { ...entry.item, status: "declined" } }, undefined)).toBe("declined");
});

test("a duration comes from the agent, else from the instants", () => {
  const item = { ...command("c", "ls"), status: "completed" as const };
  expect(itemDurationMs({ ...item, durationMs: 12 })).toBe(12);
  expect(itemDurationMs({ ...item, startedAt: at(0), completedAt: at(2) })).toBe(2000);
  expect(itemDurationMs(item)).toBeUndefined();
});
