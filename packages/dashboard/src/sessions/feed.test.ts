import type { ProcessSummary } from "@optio/contract";
import { expect, test } from "vitest";
import { at } from "../thread/golden.test-support.ts";
import { groupProcesses } from "./group-processes.ts";
import { EMPTY_FEED, reduceFeed } from "./reduce-feed.ts";

type Change = Partial<Omit<ProcessSummary, "session">> & { session?: Partial<NonNullable<ProcessSummary["session"]>> };

function summary(id: string, { session, ...change }: Change = {}): ProcessSummary {
  return {
    id,
    name: id,
    description: null,
    metadata: {},
    kind: "session",
    parent: null,
    state: "running",
    run: 1,
    progress: null,
    error: null,
    cancellable: true,
    supportsResume: true,
    hasSavedState: false,
    headSeq: 1,
    createdAt: at(0),
    startedAt: at(0),
    endedAt: null,
    ...change,
    session: {
      agent: "agent",
      phase: "idle",
      live: true,
      threadId: null,
      activity: null,
      pendingDecisions: 0,
      queued: 0,
      model: null,
      totalTokens: null,
      diff: null,
      scripted: false,
      ...session,
    },
  };
}

test("a list replaces all, a frame replaces one, and a removed process goes", () => {
  const listed = reduceFeed(EMPTY_FEED, { type: "list", processes: [summary("a"), summary("b")] });
  const frame = { type: "process", process: summary("a", { name: "renamed" }) } as const;
  const changed = reduceFeed(listed, { type: "frame", frame });
  expect([...changed.processes.values()].map(({ name }) => name)).toEqual(["renamed", "b"]);
  const gone = reduceFeed(changed, { type: "frame", frame: { type: "process.removed", id: "a" } });
  expect([...gone.processes.keys()]).toEqual(["b"]);
  expect(listed.processes.get("a")?.name).toBe("a");
});

test("the count of decisions is the feed's", () => {
  const state = reduceFeed(EMPTY_FEED, { type: "frame", frame: { type: "decisions", pending: 4 } });
  expect(state.pendingDecisions).toBe(4);
});

test("what needs a person comes first, failures after what waits, newest first in each", () => {
  const groups = groupProcesses([
    summary("old", { state: "done", endedAt: at(1) }),
    summary("new", { state: "done", endedAt: at(9) }),
    summary("broken", { state: "failed", endedAt: at(5) }),
    summary("asks", { session: { pendingDecisions: 1, phase: "waiting" } }),
    summary("login", { session: { phase: "login" }, startedAt: at(3) }),
    summary("works", { session: { phase: "busy" } }),
    summary("stopped", { state: "cancelled", endedAt: at(2), session: { phase: "login" } }),
  ]);
  const ids = (list: readonly ProcessSummary[]) => list.map(({ id }) => id);
  expect(ids(groups.needsYou)).toEqual(["login", "asks", "broken"]);
  expect(ids(groups.running)).toEqual(["works"]);
  expect(ids(groups.done)).toEqual(["new", "stopped", "old"]);
});
