import { describe, expect, it } from "vitest";
import { adaptNotification } from "./adapt-notification.ts";

const place = { threadId: "t", turnId: "u", itemId: "i" };

describe("adaptNotification", () => {
  it("parts the paragraphs of a reasoning by a blank line", () => {
    const facts = [
      ["item/reasoning/summaryPartAdded", { ...place, summaryIndex: 0 }],
      ["item/reasoning/summaryTextDelta", { ...place, summaryIndex: 0, delta: "one" }],
      ["item/reasoning/summaryPartAdded", { ...place, summaryIndex: 1 }],
      ["item/reasoning/summaryTextDelta", { ...place, summaryIndex: 1, delta: "two" }],
    ].flatMap(([method, params]) => adaptNotification(String(method), params));
    expect(facts.map((fact) => (fact.type === "item.delta" ? fact.append : fact.type)).join("")).toBe("one\n\ntwo");
  });

  it("makes a warning, never an error, of a call that codex tries again", () => {
    const error = { message: "stream lost", codexErrorInfo: null, additionalDetails: null };
    expect(adaptNotification("error", { threadId: "t", turnId: "u", error, willRetry: true })).toEqual([
      { type: "warning", code: "model-retry", message: "stream lost", threadId: "t" },
    ]);
    expect(adaptNotification("error", { threadId: "t", turnId: "u", error, willRetry: false })).toEqual([]);
  });

  it("says nothing of limits that have no content", () => {
    const empty = { limitId: "codex", limitName: null, primary: null };
    expect(adaptNotification("account/rateLimits/updated", { rateLimits: empty })).toEqual([]);
    const used = { ...empty, primary: { usedPercent: 3 } };
    expect(adaptNotification("account/rateLimits/updated", { rateLimits: used })).toEqual([
      { type: "limits.updated", limits: used },
    ]);
  });

  it.each([
    ["configWarning", { summary: "s", details: "d" }, "s: d"],
    ["deprecationNotice", { summary: "old", details: null }, "old"],
    ["guardianWarning", { threadId: "t", message: "careful" }, "careful"],
    ["warning", { threadId: null, message: "hm" }, "hm"],
    ["model/rerouted", { ...place, fromModel: "a", toModel: "b", reason: "full" }, "b answers instead of a (full)"],
    [
      "mcpServer/startupStatus/updated",
      { threadId: "t", name: "n", status: "failed", error: "e" },
      "MCP server 'n' did not start: e",
    ],
  ])("shows a person %s", (method, params, message) => {
    expect(adaptNotification(method, params)).toMatchObject([{ type: "warning", message }]);
  });

  it("says nothing of what no session needs, known or not", () => {
    expect(adaptNotification("thread/readState/changed", { threadId: "t" })).toEqual([]);
    expect(adaptNotification("brand/new", { threadId: "t" })).toEqual([]);
    expect(
      adaptNotification("mcpServer/startupStatus/updated", { name: "n", status: "ready", threadId: null, error: null }),
    ).toEqual([]);
  });

  it("makes a warning of what it cannot read", () => {
    for (const params of [undefined, null, 1, {}, { threadId: "t", turnId: "u", item: { type: "x" } }]) {
      expect(adaptNotification("item/started", params)).toMatchObject([{ type: "warning", code: "agent-protocol" }]);
    }
  });
});
