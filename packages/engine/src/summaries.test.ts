import type { ProcessState, SessionPhase } from "@optio/contract";
import { PROCESS_STATES, processSummarySchema, sessionSchema } from "@optio/contract";
import { expect, test } from "vitest";
import type { ProcessRecord, StoredMessage } from "./store/store.ts";
import { toSessionView, toSummary } from "./summaries.ts";
import { sessionFacts } from "./testing/store/fixtures.ts";

const counts = { totalTokens: 7, inputTokens: 4, cachedInputTokens: 0, outputTokens: 3, reasoningOutputTokens: 0 };

function aRecord(changes: Partial<ProcessRecord> = {}): ProcessRecord {
  return {
    id: "p",
    kind: "session",
    agent: "fake",
    name: "P",
    description: null,
    metadata: { team: "blue" },
    adhoc: true,
    sealedConfig: "v1.sealed-secret",
    parent: null,
    state: "running",
    run: 2,
    epoch: 5,
    owner: { machineId: "m", bootId: "b", pid: 1, startTime: "1", leaseUntil: 1 },
    progress: { percent: 5 },
    error: null,
    cancellable: true,
    supportsResume: true,
    hasSavedState: true,
    headSeq: 9,
    createdAt: 0,
    startedAt: 1_000,
    endedAt: null,
    session: sessionFacts({
      phase: "busy",
      threadId: "t",
      usage: { total: counts },
      login: { required: true, kinds: ["apiKey"] },
    }),
    changeId: 3,
    pendingDecisions: 1,
    queued: 2,
    root: "p",
    depth: 0,
    order: 0,
    params: { secret: "of the program" },
    special: false,
    warning: null,
    uiWidget: null,
    widgetData: { rows: 1 },
    schedule: { cron: "0 6 * * *", timeZone: "UTC", misfire: "skip" },
    nextFireAt: 6_000,
    ttlSeconds: 60,
    expiresAt: null,
    autoResume: false,
    autoResumeStamped: false,
    ephemeral: false,
    logHead: 4,
    firstSeq: 1,
    ...changes,
  };
}

const message: StoredMessage = {
  messageId: "m1",
  processId: "p",
  run: 2,
  text: "hello",
  mode: "auto",
  state: "queued",
  origin: "person",
  createdAt: 0,
  turnId: null,
};

test("a summary is what the contract says and holds neither owner nor sealed configuration", () => {
  const summary = toSummary(aRecord(), true);
  expect(processSummarySchema.parse(summary)).toEqual(summary);
  expect(summary).toMatchObject({
    startedAt: "1970-01-01T00:00:01.000Z",
    endedAt: null,
    session: { agent: "fake", phase: "busy", live: true, pendingDecisions: 1, queued: 2, totalTokens: 7 },
  });
  expect(JSON.stringify(summary)).not.toMatch(/sealed|machineId|epoch/);
  expect(toSummary(aRecord({ kind: "task", agent: null, session: null }), false).session).toBeNull();
});

test("the view of a session is what the contract says, with its queue and decisions", () => {
  const view = toSessionView(aRecord(), true, [message, { ...message, messageId: "m2", state: "sent" }], []);
  expect(view && sessionSchema.parse(view)).toEqual(view);
  expect(view).toMatchObject({
    thread: { id: "t" },
    login: { required: true, kinds: ["apiKey"] },
    queue: [{ messageId: "m1", createdAt: "1970-01-01T00:00:00.000Z" }],
  });
  expect(view).not.toHaveProperty("endedAt");
  expect(view).not.toHaveProperty("outcome");
});

test("a process that is no session has no such view", () => {
  expect(toSessionView(aRecord({ session: null }), false, [], [])).toBeUndefined();
  expect(toSessionView(aRecord({ agent: null }), false, [], [])).toBeUndefined();
});

test("an ended session asks for no login and tells its outcome", () => {
  const view = toSessionView(aRecord({ state: "failed", endedAt: 2_000 }), false, [], []);
  expect(view).toMatchObject({
    phase: "ended",
    login: { required: false },
    outcome: "failed",
    endedAt: "1970-01-01T00:00:02.000Z",
  });
  const fresh = aRecord({ session: sessionFacts({ threadId: null }) });
  expect(toSessionView(fresh, false, [], [])).toMatchObject({ thread: null });
});

test("the phase is that of the owner while a run is active, else ended, whatever an owner last wrote", () => {
  const phaseIn = (state: ProcessState): SessionPhase | undefined =>
    toSummary(aRecord({ state }), false).session?.phase;
  const active = ["scheduled", "running", "cancel_requested", "cancelling"];
  for (const state of PROCESS_STATES) expect(phaseIn(state), state).toBe(active.includes(state) ? "busy" : "ended");
});
