import { describe, expect, it, vi } from "vitest";
import type { AgentFact } from "../../agent/agent-kind.ts";
import { DeclinedItems } from "./declined-items.ts";
import { ServerRequests } from "./server-requests.ts";

function listen() {
  const facts: AgentFact[] = [];
  const refused: [string | number, string][] = [];
  const requests = new ServerRequests({
    onFact: (fact) => facts.push(fact),
    refuse: (id, message) => refused.push([id, message]),
    foreignToolMs: 5_000,
  });
  return { facts, refused, requests };
}

const place = { threadId: "t", turnId: "u", itemId: "i" };
const changes = [{ path: "/a", kind: { type: "add" }, diff: "x" }];
const fileChange: AgentFact = {
  type: "item.started",
  threadId: "t",
  turnId: "u",
  item: { id: "i", kind: "fileChange", status: "inProgress", changes },
};

describe("what codex asks of a client", () => {
  it("shows a file change with the changes of its item", () => {
    const { facts, requests } = listen();
    requests.observe(fileChange);
    requests.take(1, "item/fileChange/requestApproval", place);
    expect(facts).toMatchObject([
      { type: "decision.requested", request: { kind: "fileChange", request: { changes } } },
    ]);
  });

  it.each([
    "item/tool/requestUserInput",
    "mcpServer/elicitation/request",
    "item/permissions/requestApproval",
    "brand/new",
  ])("refuses %s and says so", (method) => {
    const { facts, refused, requests } = listen();
    requests.take(1, method, { threadId: "t" });
    expect(refused).toEqual([[1, `${method} is not served here`]]);
    expect(facts).toMatchObject([{ type: "warning", code: "agent-request-refused" }]);
  });

  it("refuses to renew a login that it does not hold, silently", () => {
    const { facts, refused, requests } = listen();
    requests.take(1, "account/chatgptAuthTokens/refresh", {});
    expect(refused).toHaveLength(1);
    expect(facts).toEqual([]);
  });

  it("refuses an approval that it cannot read", () => {
    const { facts, refused, requests } = listen();
    requests.take(1, "item/commandExecution/requestApproval", { threadId: 5 });
    expect(refused).toHaveLength(1);
    expect(facts).toMatchObject([{ type: "warning", code: "agent-protocol" }]);
  });

  it("leaves a foreign tool to its owner for a while, then refuses", () => {
    vi.useFakeTimers();
    try {
      const { refused, requests } = listen();
      for (const id of ["answered", "left", "closed"]) requests.take(id, "item/tool/call", { threadId: "t" });
      requests.settle("answered");
      vi.advanceTimersByTime(4_999);
      expect(refused).toEqual([]);
      requests.settle("closed");
      vi.advanceTimersByTime(1);
      expect(refused).toEqual([["left", "no client answered for this tool"]]);
      requests.take("late", "item/tool/call", {});
      requests.close();
      vi.advanceTimersByTime(10_000);
      expect(refused).toHaveLength(1);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("items that codex does not complete", () => {
  const turnEnd: AgentFact = { type: "turn.completed", threadId: "t", turnId: "u", status: "interrupted" };
  const request = { ...place, command: "rm x", startedAtMs: 1000 };

  it("are completed as declined before the end of their turn", () => {
    const declined = new DeclinedItems();
    declined.note("command", request, { decision: "decline" });
    expect(declined.missingBefore({ ...turnEnd, turnId: "other" })).toEqual([]);
    expect(declined.missingBefore(turnEnd)).toEqual([
      {
        type: "item.completed",
        threadId: "t",
        turnId: "u",
        item: {
          id: "i",
          kind: "commandExecution",
          status: "declined",
          command: "rm x",
          startedAt: "1970-01-01T00:00:01.000Z",
        },
      },
    ]);
    expect(declined.missingBefore(turnEnd)).toEqual([]);
  });

  it("are left alone when codex completes them, or when they were allowed", () => {
    const declined = new DeclinedItems();
    declined.note("command", request, { decision: "accept" });
    declined.note("fileChange", request, { decision: "cancel" });
    const item = { id: "i", kind: "fileChange", status: "declined" as const };
    expect(declined.missingBefore({ type: "item.completed", threadId: "t", turnId: "u", item })).toEqual([]);
    expect(declined.missingBefore(turnEnd)).toEqual([]);
  });
});
