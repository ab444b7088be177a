import { itemSchema } from "@optio/contract";
import { describe, expect, it } from "vitest";
import { adaptItem } from "./adapt-item.ts";
import { adaptTurn, adaptTurnError } from "./adapt-turn.ts";

describe("adaptItem", () => {
  it("keeps codex's fields and gives kind, status and instants", () => {
    const item = adaptItem(
      {
        type: "commandExecution",
        id: "c1",
        command: "ls",
        status: "failed",
        exitCode: 2,
        startedAtMs: 1,
        completedAtMs: null,
      },
      { phase: "completed", completedAtMs: 2000 },
    );
    expect(item).toEqual({
      id: "c1",
      kind: "commandExecution",
      command: "ls",
      status: "failed",
      exitCode: 2,
      startedAt: "1970-01-01T00:00:00.001Z",
      completedAt: "1970-01-01T00:00:02.000Z",
    });
    expect(itemSchema.parse(item)).toEqual(item);
  });

  it("opens kinds without a status at their start and ends them at completion", () => {
    const plain = { type: "agentMessage", id: "a1", text: "" };
    expect(adaptItem(plain, { phase: "started" }).status).toBe("inProgress");
    expect(adaptItem(plain, { phase: "completed" }).status).toBe("completed");
    expect(adaptItem({ ...plain, status: "declined" }, { phase: "completed" }).status).toBe("declined");
  });

  it("names a message by our id", () => {
    const item = adaptItem({ type: "userMessage", id: "u1", clientId: "msg_1", content: [] }, { phase: "completed" });
    expect(item).toMatchObject({ messageId: "msg_1", content: [] });
    expect(item).not.toHaveProperty("clientId");
  });

  it("keeps what it does not know, whole", () => {
    const raw = { type: "hologram", id: "h1", payload: { deep: [1] }, status: "glowing" };
    expect(adaptItem(raw, { phase: "completed" })).toEqual({ id: "h1", kind: "unknown", status: "completed", raw });
    expect(adaptItem({ type: "constructor", id: "x" }, { phase: "started" }).kind).toBe("unknown");
  });

  it("does not let a field of codex take the place of ours", () => {
    const item = adaptItem({ type: "subAgentActivity", id: "s1", kind: "interacted" }, { phase: "completed" });
    expect(item).toMatchObject({ kind: "subAgentActivity", activity: "interacted" });
  });
});

describe("adaptTurn", () => {
  const open = { type: "commandExecution", id: "c1", status: "inProgress" };

  it("interrupts what a turn that is over left open", () => {
    expect(adaptTurn({ id: "t", status: "interrupted", items: [open] }).items[0]?.status).toBe("interrupted");
    expect(adaptTurn({ id: "t", status: "inProgress", items: [open] }).items[0]?.status).toBe("inProgress");
  });

  it("gives an error its words and the name of its kind", () => {
    expect(adaptTurnError({ message: "m", codexErrorInfo: "usageLimitExceeded" })).toEqual({
      message: "m",
      code: "usageLimitExceeded",
    });
    const info = { responseTooManyFailedAttempts: { httpStatusCode: 429 } };
    expect(adaptTurnError({ message: "m", codexErrorInfo: info, additionalDetails: "d" })).toEqual({
      message: "m",
      code: "responseTooManyFailedAttempts",
      details: "d",
      info,
    });
  });
});
