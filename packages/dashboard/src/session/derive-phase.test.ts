import type { OptioEvent } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { decision, envelopes, turnCompleted, turnStarted } from "../thread/golden.test-support.ts";
import { EMPTY_THREAD, reduceThread } from "../thread/reduce-thread.ts";
import { derivePhase } from "./derive-phase.ts";
import { pendingDecisions } from "./pending-decisions.ts";
import { sessionView } from "./session.test-support.ts";

const threadOf = (...events: OptioEvent[]) =>
  reduceThread(
    EMPTY_THREAD,
    envelopes(events).map((envelope) => ({ type: "event", envelope })),
  );

describe("the phase", () => {
  test("is the server's while it starts, sleeps or has ended", () => {
    expect(derivePhase(sessionView({ phase: "starting", live: false }), EMPTY_THREAD)).toBe("starting");
    expect(derivePhase(sessionView({ phase: "hibernated" }), EMPTY_THREAD)).toBe("hibernated");
    expect(derivePhase(sessionView({ phase: "ended", state: "done" }), threadOf(turnStarted("t1")))).toBe("ended");
    expect(derivePhase(sessionView({ state: "idle" }), EMPTY_THREAD)).toBe("ended");
  });

  test("follows events that are newer than the body", () => {
    expect(derivePhase(sessionView(), threadOf(turnStarted("t1")))).toBe("busy");
    expect(derivePhase(sessionView({ phase: "busy" }), threadOf(turnStarted("t1"), turnCompleted("t1")))).toBe("idle");
    const asked = threadOf(turnStarted("t1"), { type: "decision.requested", decision: decision("d1") });
    expect(derivePhase(sessionView({ phase: "busy" }), asked)).toBe("waiting");
    expect(derivePhase(sessionView(), threadOf({ type: "login.required", kinds: ["apiKey"] }))).toBe("login");
  });

  test("is no login any more once it was completed", () => {
    const session = sessionView({ phase: "login", headSeq: 1, login: { required: true, kinds: ["apiKey"] } });
    const required: OptioEvent = { type: "login.required", kinds: ["apiKey"] };
    expect(derivePhase(session, threadOf(required))).toBe("login");
    const done = threadOf(required, { type: "login.completed", kind: "apiKey" });
    expect(derivePhase({ ...session, phase: "idle" }, done)).toBe("idle");
  });
});

test("decisions that lie before the loaded events still wait, and answered ones do not", () => {
  const session = sessionView({ decisions: [decision("old"), decision("d1")] });
  const answered = threadOf({ type: "decision.resolved", decision: decision("d1", { decision: "accept" }) });
  expect(pendingDecisions(session, answered).map(({ id }) => id)).toEqual(["old"]);
});
