import { describe, expect, it } from "vitest";
import { agentKeyOf, answerFor, demandOfCommand, demandOfFileChange, requestIdOf } from "./decisions.ts";

const place = { threadId: "t", turnId: "u", itemId: "i" };

describe("decisions", () => {
  it("names requests so that number 1 and text 1 differ", () => {
    for (const id of [0, 1, "1", "a/b"]) expect(requestIdOf(agentKeyOf(id))).toBe(id);
    expect(agentKeyOf(1)).not.toBe(agentKeyOf("1"));
    expect(() => requestIdOf("nonsense")).toThrow(expect.objectContaining({ code: "agent-protocol" }));
  });

  it("offers the prefix where codex takes it, and answers in its words", () => {
    const amendment = ["git", "push"];
    const listed = ["accept", { acceptWithExecpolicyAmendment: { execpolicy_amendment: amendment } }, "cancel"];
    const demand = demandOfCommand(3, {
      ...place,
      command: "git push x",
      reason: null,
      proposedExecpolicyAmendment: amendment,
      availableDecisions: listed,
    });
    expect(demand.options).toEqual(["accept", "accept_for_session", "accept_prefix", "decline", "cancel"]);
    expect(demand.request).toEqual({ ...place, command: "git push x", prefix: amendment });
    expect(answerFor(demand.request, { decision: "accept_prefix" })).toEqual({ decision: listed[1] });
    expect(answerFor(demand.request, { decision: "accept_for_session" })).toEqual({ decision: "acceptForSession" });
  });

  it("does not offer an amendment that codex would not take", () => {
    const demand = demandOfCommand(3, {
      ...place,
      proposedExecpolicyAmendment: ["ls"],
      availableDecisions: ["accept", "cancel"],
    });
    expect(demand.options).toEqual(["accept", "accept_for_session", "decline", "cancel"]);
    expect(() => answerFor(demand.request, { decision: "accept_prefix" })).toThrow(
      expect.objectContaining({ code: "invalid" }),
    );
    expect(() => answerFor(demand.request, { decision: "accept_network" })).toThrow(
      expect.objectContaining({ code: "invalid" }),
    );
  });

  it("offers to open a host, never to close one", () => {
    const allow = { host: "example.com", action: "allow" as const };
    const deny = { host: "example.com", action: "deny" as const };
    const demand = demandOfCommand("x", { ...place, proposedNetworkPolicyAmendments: [deny, allow] });
    expect(demand.options).toContain("accept_network");
    expect(answerFor(demand.request, { decision: "accept_network" })).toEqual({
      decision: { applyNetworkPolicyAmendment: { network_policy_amendment: allow } },
    });
    expect(demandOfCommand("x", { ...place, proposedNetworkPolicyAmendments: [deny] }).options).not.toContain(
      "accept_network",
    );
  });

  it("shows what a file change would do", () => {
    const changes = [{ path: "/a", kind: { type: "add" }, diff: "x" }];
    const demand = demandOfFileChange(1, { ...place, reason: "r", grantRoot: null }, changes);
    expect(demand).toMatchObject({ agentKey: "1", kind: "fileChange", itemId: "i", request: { changes, reason: "r" } });
    expect(demandOfFileChange(1, place, undefined).request).toEqual(place);
  });
});
