import type { Decision, Item, LiveFrame, OptioEvent } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { envelopes, turnEvents } from "../program.test-support.ts";
import { createStyle } from "./style.ts";
import { Transcript } from "./transcript.ts";

const turn = { threadId: "thread-1", turnId: "turn-1" };

function transcriptOf(...pieces: readonly (OptioEvent | LiveFrame)[]): string {
  const transcript = new Transcript(createStyle(false));
  return pieces
    .map((piece) =>
      "frame" in piece
        ? transcript.render({ kind: "live", frame: piece })
        : envelopes(piece).map((envelope) => transcript.render({ kind: "durable", envelope })),
    )
    .join("");
}

const started = (item: { id: string; kind: string }): OptioEvent => ({
  type: "item.started",
  ...turn,
  item: { ...item, status: "inProgress" },
});
const completed = (
  item: Record<string, unknown> & { id: string; kind: string },
  status: Item["status"] = "completed",
): OptioEvent => ({
  type: "item.completed",
  ...turn,
  item: { ...item, status },
});
const delta = (itemId: string, append: string): LiveFrame => ({
  frame: "item.delta",
  threadId: "thread-1",
  itemId,
  channel: "text",
  append,
});
const message = { id: "m", kind: "agentMessage" };

describe("the agent's words", () => {
  test("come as they stream, and their completion adds only what was missed", () => {
    expect(transcriptOf(started(message), delta("m", "Hel"), delta("m", "lo"))).toBe("Hello");
    const pieces = [started(message), delta("m", "Hel"), completed({ ...message, text: "Hello" })];
    expect(transcriptOf(...pieces)).toBe("Hello\n");
  });

  test("without live frames come whole", () => {
    expect(transcriptOf(started(message), completed({ ...message, text: "a\nb" }))).toBe("a\nb\n");
  });

  test("go on after a catch-up without a repetition", () => {
    const snapshot: LiveFrame = {
      frame: "item.snapshot",
      threadId: "thread-1",
      itemId: "m",
      kind: "agentMessage",
      text: "Hello wor",
      output: "",
    };
    const pieces = [started(message), delta("m", "Hello"), snapshot, delta("m", "ld")];
    expect(transcriptOf(...pieces)).toBe("Hello world");
    expect(transcriptOf(snapshot, delta("m", "ld"))).toBe("Hello world");
  });

  test("of two messages at once are not mixed", () => {
    const other = { id: "n", kind: "agentMessage" };
    const pieces = [
      started(message),
      started(other),
      delta("m", "one "),
      delta("n", "two"),
      delta("m", "more"),
      completed({ ...message, text: "one more" }),
      completed({ ...other, text: "two" }),
    ];
    expect(transcriptOf(...pieces)).toBe("one more\ntwo\n");
  });

  test("that were broken off say so", () => {
    const pieces = [started(message), delta("m", "Hel"), completed({ ...message, text: "Hel" }, "interrupted")];
    expect(transcriptOf(...pieces)).toBe("Hel\n(interrupted)\n");
  });

  test("cannot command the terminal", () => {
    const text = "a\u001b[2Jb\u001b]0;title\u0007c\u009b31md\re\tf\n";
    expect(transcriptOf(started(message), completed({ ...message, text }))).toBe("abcde\tf\n");
    expect(transcriptOf(started(message), delta("m", "a\u001b"), delta("m", "[2Jb"))).toBe("a[2Jb");
  });

  test("stand on a line of their own when something else comes between", () => {
    const warning: OptioEvent = { type: "warning", code: "w", message: "careful" };
    const pieces = [started(message), delta("m", "one"), warning, delta("m", " two")];
    expect(transcriptOf(...pieces)).toBe("one\nwarning: careful\n two");
  });
});

describe("everything else is folded", () => {
  const command = { id: "c", kind: "commandExecution", command: "/bin/bash -lc 'ls -la'" };

  test("a command is one line with exit and duration, its output only when it failed", () => {
    expect(transcriptOf(completed({ ...command, exitCode: 0, durationMs: 1234, aggregatedOutput: "x" }))).toBe(
      "$ ls -la  ✓ exit 0 · 1.2 s\n",
    );
    const aggregatedOutput = "1\n2\n3\n4\n5\n6\n";
    expect(transcriptOf(completed({ ...command, exitCode: 2, durationMs: 20, aggregatedOutput }, "failed"))).toBe(
      "$ ls -la  ✗ exit 2 · 20 ms\n  2\n  3\n  4\n  5\n  6\n",
    );
    expect(transcriptOf(completed(command, "declined"))).toBe("$ ls -la  ✗ declined\n");
  });

  test("a changed file is one line with its counts", () => {
    const changes = [
      { path: "new.md", kind: { type: "add" }, diff: "a\nb\n" },
      { path: "old.md", kind: { type: "update" }, diff: "@@ -1 +1 @@\n-a\n+b\n+c\n" },
      { path: "gone.md", kind: { type: "delete" }, diff: "a\n" },
    ];
    expect(transcriptOf(completed({ id: "f", kind: "fileChange", changes }))).toBe(
      "± new.md +2 -0\n± old.md +2 -1\n± gone.md +0 -1\n",
    );
  });

  test("reasoning is its heading, and what nobody knows is still named", () => {
    expect(transcriptOf(completed({ id: "r", kind: "reasoning", summary: ["**Looking**\n\nlong text"] }))).toBe(
      "~ Looking\n",
    );
    expect(transcriptOf(completed({ id: "u", kind: "unknown", raw: {} }))).toBe("• unknown\n");
    expect(transcriptOf(completed({ ...command, command: undefined }))).toBe("• commandExecution\n");
  });

  test("a decision shows what is asked and how to answer", () => {
    const decision: Decision = {
      id: "dec_1",
      processId: "p1",
      run: 1,
      kind: "command",
      state: "pending",
      request: { command: "bash -lc 'rm x'", reason: "to tidy up" },
      options: ["accept", "decline"],
      requestedAt: "2026-01-01T00:00:00.000Z",
    };
    const resolved: Decision = {
      ...decision,
      state: "resolved",
      resolution: { decision: "accept" },
      resolvedBy: "ann",
    };
    expect(
      transcriptOf({ type: "decision.requested", decision }, { type: "decision.resolved", decision: resolved }),
    ).toBe("? run: rm x — to tidy up\n  optio decide dec_1 accept|decline\n  accept by ann\n");
  });

  test("a turn ends with its time, and a failed one with the cause", () => {
    const transcript = new Transcript(createStyle(false));
    const lines = envelopes(...turnEvents("hello", { status: "failed" })).map((envelope) =>
      transcript.render({ kind: "durable", envelope }),
    );
    expect(lines.join("")).toBe("> hi\nhello\n— turn failed: no more tokens · 5.0 s\n");
  });

  test("a lost connection is told where it happened", () => {
    const transcript = new Transcript(createStyle(false));
    expect(transcript.render({ kind: "lost", reason: "ECONNRESET" })).toBe(
      "connection lost (ECONNRESET); trying again\n",
    );
    expect(transcript.render({ kind: "back" })).toBe("connected again\n");
  });
});
