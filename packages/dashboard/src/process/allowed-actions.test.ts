import { PROCESS_STATES } from "@optio/contract";
import { expect, test } from "vitest";
import { childSummary, taskSummary } from "../feed/summary.test-support.ts";
import { allowedActions, resumeText } from "./allowed-actions.ts";

test("each state offers what it allows", () => {
  const offers = PROCESS_STATES.map((state) => [state, allowedActions(taskSummary("a", { state }))]);
  expect(Object.fromEntries(offers)).toEqual({
    idle: ["launch"],
    scheduled: ["cancel"],
    running: ["cancel"],
    cancel_requested: [],
    cancelling: [],
    done: ["launch", "dismiss"],
    failed: ["launch", "dismiss"],
    cancelled: ["launch", "dismiss"],
  });
});

test("resume is offered first, and only with support and a saved state", () => {
  const of = (supportsResume: boolean, hasSavedState: boolean) =>
    allowedActions(taskSummary("a", { state: "done", supportsResume, hasSavedState }))[0];
  expect([of(true, true), of(true, false), of(false, true)]).toEqual(["resume", "launch", "launch"]);
});

test("without resume there is a reason", () => {
  expect(resumeText(taskSummary("a"))).toContain("Not supported");
  expect(resumeText(taskSummary("a", { supportsResume: true }))).toContain("Nothing was saved");
});

test("a task that cannot be cancelled offers no cancel, a child no launch of its own", () => {
  expect(allowedActions(taskSummary("a", { state: "running", cancellable: false }))).toEqual([]);
  expect(allowedActions(childSummary(taskSummary("a"), "b", { state: "failed" }))).toEqual([]);
});
