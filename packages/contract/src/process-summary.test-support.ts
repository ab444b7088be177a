import type { ProcessSummary, SessionSummary } from "./process.ts";

/** When the processes of tests were made. */
export const SUMMARY_AT = "2026-01-01T00:00:00.000Z";

/** A process as lists show it: a root task in its first run, but for what the test changes. */
export function makeProcessSummary(change: Partial<ProcessSummary> = {}): ProcessSummary {
  const id = change.id ?? "p1";
  return {
    id,
    name: "First",
    description: null,
    metadata: {},
    kind: "task",
    parent: null,
    root: id,
    depth: 0,
    order: 0,
    adhoc: false,
    ephemeral: false,
    special: false,
    warning: null,
    schedule: null,
    autoResume: false,
    ttlSeconds: null,
    expiresAt: null,
    uiWidget: null,
    widgetData: null,
    logHead: 0,
    state: "running",
    run: 1,
    progress: null,
    error: null,
    cancellable: true,
    supportsResume: true,
    hasSavedState: false,
    headSeq: 0,
    createdAt: SUMMARY_AT,
    startedAt: SUMMARY_AT,
    endedAt: null,
    session: null,
    ...change,
  };
}

/** The session half of a summary: live and idle, but for what the test changes. */
export function makeSessionSummary(change: Partial<SessionSummary> = {}): SessionSummary {
  return {
    agent: "codex",
    phase: "idle",
    live: true,
    threadId: "thread-1",
    activity: null,
    pendingDecisions: 0,
    queued: 0,
    model: "m",
    totalTokens: null,
    diff: null,
    scripted: false,
    ...change,
  };
}
