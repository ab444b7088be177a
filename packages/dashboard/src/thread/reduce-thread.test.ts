import type { Envelope, LiveFrame } from "@optio/contract";
import { describe, expect, test } from "vitest";
import {
  agentMessage,
  at,
  command,
  completed,
  decision,
  envelopes,
  started,
  THREAD,
  turnCompleted,
  turnStarted,
  userMessage,
} from "./golden.test-support.ts";
import type { ThreadInput, ThreadState } from "./reduce-thread.ts";
import { EMPTY_THREAD, firstSeq, itemKey, reduceThread } from "./reduce-thread.ts";

const asInputs = (list: readonly Envelope[]) => list.map((envelope): ThreadInput => ({ type: "event", envelope }));
const fold = (list: readonly Envelope[], state = EMPTY_THREAD) => reduceThread(state, asInputs(list));
const frame = (state: ThreadState, live: LiveFrame) => reduceThread(state, [{ type: "frame", frame: live }]);
const delta = (itemId: string, append: string, channel: "text" | "reasoning" | "output" = "text"): LiveFrame => ({
  frame: "item.delta",
  threadId: THREAD,
  itemId,
  channel,
  append,
});
const outline = (state: ThreadState) =>
  state.entries.map((entry) => (entry.type === "item" ? `${entry.item.id} ${entry.item.status}` : entry.type));

const GOLDEN = envelopes([
  { type: "process.state_changed", from: "scheduled", to: "running" },
  turnStarted("t1"),
  completed("t1", userMessage("u1", "hello", "m1")),
  started("t1", command("c1", "ls")),
  { type: "decision.requested", decision: decision("d1") },
  { type: "decision.resolved", decision: decision("d1", { decision: "accept" }) },
  completed("t1", { ...command("c1", "ls"), exitCode: 0 }),
  started("t1", agentMessage("a1", "")),
  completed("t1", agentMessage("a1", "hi")),
  turnCompleted("t1"),
]);

describe("a golden turn", () => {
  test("shows each item once, in the order it began, and a divider at its end", () => {
    const state = fold(GOLDEN);
    expect(outline(state)).toEqual(["u1 completed", "c1 completed", "decision", "a1 completed", "turn"]);
    expect(state.activeTurn).toBeNull();
    expect(state.lastSeq).toBe(10);
    expect(state.knownMessages).toEqual(new Set(["m1"]));
  });

  test("comes out the same when every event is delivered twice", () => {
    const twice = GOLDEN.flatMap((envelope) => [envelope, envelope]);
    expect(outline(fold(twice))).toEqual(outline(fold(GOLDEN)));
    expect(outline(fold(GOLDEN, fold(GOLDEN)))).toEqual(outline(fold(GOLDEN)));
  });

  test("comes out the same from any split into a newest page and older pages", () => {
    const whole = fold(GOLDEN);
    for (let split = 1; split < GOLDEN.length; split += 1) {
      const newest = fold(GOLDEN.slice(split));
      const state = reduceThread(newest, [{ type: "older", envelopes: GOLDEN.slice(0, split) }]);
      expect(state.entries, `split at ${split}`).toEqual(whole.entries);
      expect(firstSeq(state)).toBe(1);
    }
  });

  test("keeps its keys unique and the input state untouched", () => {
    const before = fold(GOLDEN.slice(0, 4));
    const frozen = structuredClone(before.entries);
    const after = fold(GOLDEN.slice(4), before);
    expect(before.entries).toEqual(frozen);
    expect(new Set(after.entries.map((entry) => entry.key)).size).toBe(after.entries.length);
  });

  test("knows the turn that runs, also when its start lies before the loaded events", () => {
    expect(fold(GOLDEN.slice(0, 2)).activeTurn).toMatchObject({ turnId: "t1", startedAt: at(2) });
    expect(fold(GOLDEN.slice(3, 4)).activeTurn).toMatchObject({ turnId: "t1", startedAt: undefined });
  });

  test("the divider says when the turn began and which changes it made", () => {
    const state = fold(
      envelopes([
        turnStarted("t1"),
        { type: "diff.updated", threadId: THREAD, turnId: "t1", stat: { files: 1, added: 2, removed: 3 } },
        turnCompleted("t1", "interrupted"),
      ]),
    );
    expect(state.entries).toMatchObject([
      { type: "turn", status: "interrupted", startedAt: at(1), diff: { files: 1, added: 2, removed: 3 } },
    ]);
  });
});

test("a turn's tokens are those of the thread after it less those before it", () => {
  const usage = (totalTokens: number) => ({
    total: { totalTokens, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningOutputTokens: 0 },
  });
  const list = envelopes([
    turnStarted("t1"),
    { type: "usage.updated", usage: usage(100) },
    turnCompleted("t1"),
    turnStarted("t2"),
    { type: "turn.completed", threadId: THREAD, turnId: "t2", status: "completed", usage: usage(130) },
  ]);
  const tokens = (state: ThreadState) => state.entries.map((entry) => (entry.type === "turn" ? entry.tokens : "?"));
  expect(tokens(fold(list))).toEqual([100, 30]);
  expect(tokens(fold(list.slice(2)))).toEqual([undefined, undefined]);
});

describe("live text", () => {
  const open = fold(envelopes([turnStarted("t1"), started("t1", agentMessage("a1", ""))]));
  const key = itemKey(THREAD, "a1");

  test("grows by deltas, each channel on its own", () => {
    const state = [delta("a1", "he"), delta("a1", "llo"), delta("a1", "why", "reasoning")].reduce(frame, open);
    expect(state.live.get(key)).toEqual({ text: "hello", reasoning: "why", output: "" });
  });

  test("leaves everything else as it was, so that finished rows are not drawn again", () => {
    const state = frame(open, delta("a1", "x"));
    expect(state.entries).toBe(open.entries);
    expect(state.pending).toBe(open.pending);
    expect(open.live.size).toBe(0);
  });

  test("is replaced, not appended to, by a snapshot after a reconnect", () => {
    const state = frame(frame(open, delta("a1", "hel")), {
      frame: "item.snapshot",
      threadId: THREAD,
      itemId: "a1",
      kind: "agentMessage",
      text: "hello wor",
      output: "",
    });
    expect(frame(state, delta("a1", "ld")).live.get(key)?.text).toBe("hello world");
  });

  test("a snapshot of reasoning goes to the reasoning", () => {
    const state = frame(open, {
      frame: "item.snapshot",
      threadId: THREAD,
      itemId: "r1",
      kind: "reasoning",
      text: "hm",
      output: "",
    });
    expect(state.live.get(itemKey(THREAD, "r1"))).toEqual({ text: "", reasoning: "hm", output: "" });
  });

  test("gives way to the whole text at completion, and late deltas change nothing", () => {
    const done = fold(envelopes([completed("t1", agentMessage("a1", "final"))], 3), frame(open, delta("a1", "fi")));
    expect(done.live.size).toBe(0);
    expect(frame(done, delta("a1", "zombie")).live.size).toBe(0);
  });

  test("of two messages in one turn stays apart", () => {
    const two = fold(envelopes([started("t1", agentMessage("a2", ""))], 3), frame(open, delta("a1", "one")));
    const state = frame(two, delta("a2", "two"));
    expect([...state.live.values()].map((live) => live.text)).toEqual(["one", "two"]);
  });

  test("survives an older page that comes in meanwhile", () => {
    const later = frame(fold(envelopes([started("t1", agentMessage("a1", ""))], 5)), delta("a1", "so far"));
    const state = reduceThread(later, [{ type: "older", envelopes: envelopes([turnStarted("t1")], 4) }]);
    expect(state.live.get(key)?.text).toBe("so far");
  });
});

describe("facts beside the transcript", () => {
  test("a pending decision waits until it is resolved or its run is over", () => {
    const asked = fold(envelopes([{ type: "decision.requested", decision: decision("d1") }]));
    expect([...asked.pending.keys()]).toEqual(["d1"]);
    const over = fold(envelopes([{ type: "session.ended", outcome: "cancelled" }], 2), asked);
    expect(over.pending.size).toBe(0);
    const answered = { type: "decision.resolved", decision: decision("d1", { decision: "decline" }) } as const;
    expect(fold(envelopes([answered], 2), asked).pending.size).toBe(0);
  });

  test("the queue, the usage and the wanted login follow their last event", () => {
    const usage = {
      total: { totalTokens: 7, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningOutputTokens: 0 },
    };
    const message = {
      messageId: "m",
      text: "x",
      mode: "auto",
      state: "queued",
      origin: "person",
      createdAt: at(0),
    } as const;
    const state = fold(
      envelopes([
        { type: "queue.changed", queue: [message] },
        { type: "usage.updated", usage },
        { type: "login.required", kinds: ["apiKey"] },
      ]),
    );
    expect(state).toMatchObject({ queue: [message], usage, loginKinds: ["apiKey"] });
    const emptied = fold(envelopes([{ type: "queue.changed", queue: [] }], 4), state);
    expect(emptied.knownMessages).toEqual(new Set(["m"]));
    expect(fold(envelopes([{ type: "login.completed", kind: "apiKey" }], 4), state).loginKinds).toBeNull();
  });

  test("the plan is the running turn's and goes with the next one", () => {
    const plan = [{ step: "read", status: "pending" }];
    const state = fold(envelopes([turnStarted("t1"), { type: "plan.updated", threadId: THREAD, turnId: "t1", plan }]));
    expect(state.plan?.steps).toEqual(plan);
    expect(fold(envelopes([turnStarted("t2")], 3), state).plan).toBeNull();
  });

  test("the session's end shows once", () => {
    const state = fold(
      envelopes([
        { type: "session.ended", outcome: "done" },
        { type: "process.state_changed", from: "running", to: "done" },
      ]),
    );
    expect(state.entries).toMatchObject([{ type: "notice", tone: "divider", text: "Session ended: done" }]);
  });

  test("warnings are lines, debug output is not, and payloads without words are kept", () => {
    const state = fold(
      envelopes([
        { type: "process.logged", level: "info", message: "quiet" },
        { type: "process.logged", level: "warning", message: "careful" },
        { type: "warning", code: "rerouted", message: "another model" },
        { type: "message.client", keyword: "chart", data: { rows: 3 } },
      ]),
    );
    expect(state.entries).toMatchObject([
      { tone: "warning", text: "careful" },
      { tone: "warning", text: "another model" },
      { tone: "quiet", payload: { rows: 3 } },
    ]);
  });
});
