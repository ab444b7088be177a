import type { Decision, Envelope, OptioEvent } from "@optio/contract";
import { OptioError } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { anItem } from "./fake-agent.test-support.ts";
import type { SessionHandlePorts } from "./session-handle.ts";
import { createSessionHandle } from "./session-handle.ts";
import type { StreamPiece } from "./viewer.ts";
import { eachPiece, Viewer } from "./viewer.ts";

/** The ports of a session whose events a test tells. */
function openPorts() {
  const log: Envelope[] = [];
  const viewers = new Set<Viewer>();
  const answers: unknown[] = [];
  const sent: string[] = [];
  const troubles: unknown[] = [];
  let refusal: OptioError | undefined;
  const tell = (...events: OptioEvent[]) => {
    for (const event of events) {
      const envelope = { seq: log.length + 1, at: "2026-01-01T00:00:00.000Z", run: 1, event };
      log.push(envelope);
      for (const viewer of viewers) viewer.offer({ kind: "durable", envelope });
    }
  };
  const ports: SessionHandlePorts = {
    id: "p",
    headSeq: async () => log.length,
    async *attach({ after, signal }): AsyncGenerator<StreamPiece> {
      const read = async (from: number, limit: number) =>
        log.slice(from, from + limit).map((envelope) => ({ seq: envelope.seq, json: JSON.stringify(envelope) }));
      const viewer = new Viewer({ read, snapshot: () => [] }, after);
      viewers.add(viewer);
      try {
        yield* eachPiece(viewer.batches(signal), signal);
      } finally {
        viewers.delete(viewer);
      }
    },
    async send(text, mode) {
      sent.push(`${mode} ${text}`);
      return { messageId: `m${sent.length}`, state: "queued" };
    },
    async answer(decisionId, resolution) {
      if (refusal) throw refusal;
      answers.push([decisionId, resolution.decision]);
    },
    interrupt: async () => tell({ type: "attention.requested", reason: "interrupted" }),
    close: async () => tell({ type: "session.ended", outcome: "done" }),
    onTrouble: (error) => troubles.push(error),
  };
  const refuse = (error: OptioError) => {
    refusal = error;
  };
  return { ports, tell, sent, answers, viewers, troubles, refuse };
}

const userItem = (turnId: string, messageId: string): OptioEvent => ({
  type: "item.started",
  threadId: "t",
  turnId,
  item: anItem(`item-${messageId}`, "userMessage", { content: [], messageId }),
});
const said = (turnId: string, text: string): OptioEvent => ({
  type: "item.completed",
  threadId: "t",
  turnId,
  item: anItem(`item-${text}`, "agentMessage", { text, status: "completed" }),
});
const ended = (turnId: string, status: "completed" | "interrupted" | "failed", message?: string): OptioEvent => ({
  type: "turn.completed",
  threadId: "t",
  turnId,
  status,
  ...(message === undefined ? {} : { error: { message } }),
});

/** Asks, and lets the test tell events once the message went. */
async function asking(on: ReturnType<typeof openPorts>, signal?: AbortSignal) {
  const answer = createSessionHandle(on.ports, 0).ask("why?", signal ? { signal } : {});
  answer.catch(() => undefined);
  while (on.sent.length === 0 || on.viewers.size === 0) await new Promise((resolve) => setImmediate(resolve));
  return { answer };
}

describe("ask", () => {
  test("resolves with the agent's messages of the turn that heard it, joined by a blank line", async () => {
    const on = openPorts();
    on.tell(userItem("u0", "m1"), said("u0", "of an earlier message with the same id"), ended("u0", "completed"));
    const { answer } = await asking(on);
    on.tell(said("other", "no"), ended("other", "completed"), userItem("u", "m1"));
    on.tell(said("u", "Because"), said("other2", "no"), said("u", "it is."), ended("u", "completed"));
    expect(await answer).toBe("Because\n\nit is.");
    expect(on.sent).toEqual(["auto why?"]);
    expect(on.viewers.size).toBe(0);
  });

  test("resolves with nothing when the agent said nothing", async () => {
    const on = openPorts();
    const { answer } = await asking(on);
    on.tell(userItem("u", "m1"), ended("u", "completed"));
    expect(await answer).toBe("");
  });

  test.each<[string, OptioEvent[], string, string]>([
    ["failed", [ended("u", "failed", "no credit")], "agent-refused", "no credit"],
    ["was interrupted", [said("u", "Bec"), ended("u", "interrupted")], "cancelled", "the turn was interrupted"],
    [
      "was cut off by the session's end",
      [{ type: "session.ended", outcome: "failed" }],
      "session-ended",
      "ended before",
    ],
  ])("rejects when the turn %s", async (_, events, code, words) => {
    const on = openPorts();
    const { answer } = await asking(on);
    on.tell(userItem("u", "m1"), ...events);
    await expect(answer).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect(on.viewers.size).toBe(0);
  });

  test("rejects when the caller gives up, and stops listening", async () => {
    const on = openPorts();
    const stop = new AbortController();
    const { answer } = await asking(on, stop.signal);
    stop.abort(new Error("too slow"));
    await expect(answer).rejects.toMatchObject({ code: "cancelled", cause: { message: "too slow" } });
    expect(on.viewers.size).toBe(0);
  });
});

describe("listeners", () => {
  test("hear every event from the session's start in this program, in order, until disposed", async () => {
    const on = openPorts();
    on.tell({ type: "session.adopted" });
    const session = createSessionHandle(on.ports, 1);
    on.tell({ type: "session.live", thread: { id: "t" } });
    const heard: unknown[] = [];
    const third = Promise.withResolvers<void>();
    const subscription = session.onEvent((event, seq) => {
      heard.push(`${seq} ${event.type}`);
      if (seq === 3) third.resolve();
    });
    on.tell(ended("u", "completed"));
    await third.promise;
    subscription[Symbol.dispose]();
    on.tell(ended("v", "completed"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toEqual(["2 session.live", "3 turn.completed"]);
    expect(on.viewers.size).toBe(0);
  });

  test("hear one answer per completed turn", async () => {
    const on = openPorts();
    const heard: string[] = [];
    const both = Promise.withResolvers<void>();
    using _ = createSessionHandle(on.ports, 0).onAnswer((answer) => {
      heard.push(answer);
      if (heard.length === 2) both.resolve();
    });
    on.tell(said("u", "one"), ended("u", "completed"), said("v", "half"), ended("v", "interrupted"));
    on.tell(said("w", "two"), ended("w", "completed"));
    await both.promise;
    expect(heard).toEqual(["one", "two"]);
  });
});

describe("onDecision", () => {
  const asked = (id: string): OptioEvent => {
    const decision: Decision = {
      id,
      processId: "p",
      run: 1,
      kind: "command",
      state: "pending",
      request: {},
      options: ["accept"],
      requestedAt: "2026-01-01T00:00:00.000Z",
    };
    return { type: "decision.requested", decision };
  };

  test("answers what the handler answers and leaves the rest to people", async () => {
    const on = openPorts();
    const last = Promise.withResolvers<void>();
    using _ = createSessionHandle(on.ports, 0).onDecision(async ({ id }) => {
      if (id === "d3") last.resolve();
      return id === "d2" ? undefined : { decision: "accept" };
    });
    on.tell(asked("d1"), asked("d2"), asked("d3"));
    await last.promise;
    while (on.answers.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(on.answers).toEqual([
      ["d1", "accept"],
      ["d3", "accept"],
    ]);
  });

  test("does not mind a person who was faster", async () => {
    const on = openPorts();
    on.refuse(new OptioError("decision-already-resolved", "ann was faster"));
    const handled = Promise.withResolvers<void>();
    using _ = createSessionHandle(on.ports, 0).onDecision(() => {
      handled.resolve();
      return { decision: "accept" };
    });
    on.tell(asked("d1"));
    await handled.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(on.answers).toEqual([]);
    expect(on.troubles).toEqual([]);
  });

  test("goes on after a handler that failed, which is told and breaks nothing", async () => {
    const on = openPorts();
    using _ = createSessionHandle(on.ports, 0).onDecision(({ id }) => {
      if (id === "d1") throw new Error("the handler broke");
      return { decision: "accept" };
    });
    on.tell(asked("d1"), asked("d2"));
    while (on.answers.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(on.answers).toEqual([["d2", "accept"]]);
    expect(on.troubles).toMatchObject([{ message: "the handler broke" }]);
  });
});

test("the other verbs reach the session", async () => {
  const on = openPorts();
  const session = createSessionHandle(on.ports, 0);
  expect(session.id).toBe("p");
  await session.send("go left", { mode: "steer" });
  await session.send("then right");
  expect(on.sent).toEqual(["steer go left", "auto then right"]);
  await session.interrupt();
  await session.close();
  const [interrupted, closed] = [await on.ports.headSeq(), on.viewers.size];
  expect([interrupted, closed]).toEqual([2, 0]);
});
