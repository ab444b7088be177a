import type { Decision, DecisionResolution } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { anItem, facts } from "./fake-agent.test-support.ts";
import { openSessionRoom } from "./session-room.test-support.ts";

describe("the notices of a connection", () => {
  test("are recorded in their order until it ends", async () => {
    await using room = await openSessionRoom();
    const connection = await room.attach();
    const items = Array.from({ length: 30 }, (_, index) => `i${index}`);
    for (const id of items) connection.tell(facts.started("u", anItem(id)));
    const started = await room.untilEvents("item.started", 30);
    expect(started.map(({ item }) => item.id)).toEqual(items);
    connection.tell(facts.turnCompleted("u"));
    await room.untilEvents("turn.completed");
  });

  test("are all recorded when they count as heard, also those that came just before its end", async () => {
    await using room = await openSessionRoom();
    const connection = await room.attach();
    for (let index = 0; index < 30; index += 1) connection.tell(facts.started("u", anItem(`i${index}`)));
    await connection.close();
    await room.session.heard();
    expect(await room.events("item.started")).toHaveLength(30);
  });

  test("change the login: what waited goes on", async () => {
    await using room = await openSessionRoom();
    const connection = await room.attach();
    connection.tell({ type: "login.changed", required: true });
    await room.untilEvents("login.required");
    expect(await room.session.send("hello", "auto")).toMatchObject({ state: "queued" });
    connection.tell({ type: "login.changed", required: false, account: "me" });
    await room.agent.untilCalled("startTurn");
    expect(await room.events("login.completed")).toMatchObject([{ account: "me" }]);
  });

  test("that another owner's run gets end the session as lost", async () => {
    await using room = await openSessionRoom();
    const connection = await room.attach();
    const { session } = room;
    await room.restart();
    connection.tell(facts.turnStarted("u"));
    expect(await session.ended).toMatchObject({ type: "failed", error: { code: "stale-owner" } });
  });
});

describe("interrupt", () => {
  test("reaches the running turn and is refused without one, or without a connection", async () => {
    await using room = await openSessionRoom();
    await expect(room.session.interrupt()).rejects.toMatchObject({ code: "session-not-live" });
    await room.attach();
    await expect(room.session.interrupt()).rejects.toMatchObject({ code: "no-active-turn" });
    await room.session.journal.record([facts.turnStarted("u")]);
    expect(await room.session.interrupt()).toEqual({ turnId: "u" });
    expect(room.agent.callsOf("interrupt")).toEqual([{ threadId: "thread-1", turnId: "u" }]);
  });
});

describe("login", () => {
  test("keeps the key for a restart of the program", async () => {
    await using room = await openSessionRoom();
    await expect(room.session.login("k")).rejects.toMatchObject({ code: "session-not-live" });
    room.agent.loginRequired = true;
    await room.attach();
    await room.session.login("k");
    room.agent.loginRequired = true;
    await room.attach("restarted");
    expect(room.agent.callsOf("login")).toHaveLength(2);
    expect(await room.events("login.required")).toHaveLength(1);
    expect((await room.store.processes.find("p"))?.session?.login.required).toBe(false);
  });
});

describe("decisions", () => {
  const asked = [facts.turnStarted("u"), facts.asked("r1", "u")];
  const accept: DecisionResolution = { decision: "accept" };

  test("wait for a person and go back to the agent", async () => {
    await using room = await openSessionRoom();
    const connection = await room.attach();
    connection.tell(...asked);
    const [requested] = await room.untilEvents("decision.requested");
    expect((await room.store.processes.find("p"))?.session?.phase).toBe("waiting");
    await room.session.answer(requested?.decision.id ?? "", accept, "ann");
    expect(room.agent.callsOf("answer")).toEqual([{ agentKey: "r1", resolution: accept }]);
    expect((await room.store.processes.find("p"))?.session?.phase).toBe("busy");
  });

  test("answered while the connection is away reach the agent when it asks again", async () => {
    await using room = await openSessionRoom();
    const connection = await room.attach();
    connection.tell(...asked);
    const [requested] = await room.untilEvents("decision.requested");
    room.session.work.connection = undefined;
    await room.session.answer(requested?.decision.id ?? "", accept, "ann");
    expect(room.agent.callsOf("answer")).toEqual([]);
    (await room.attach("reconnected")).tell(facts.asked("r1", "u"));
    await room.agent.untilCalled("answer");
    expect(await room.events("decision.requested")).toHaveLength(1);
  });

  test("are answered by the program's hook, which may leave them to people or fail", async () => {
    const onDecision = (decision: Decision): DecisionResolution | undefined => {
      if (decision.request.turnId === "fails") throw new Error("the hook broke");
      return decision.request.turnId === "u" ? accept : undefined;
    };
    await using room = await openSessionRoom({ setup: { hooks: { onDecision } } });
    const connection = await room.attach();
    connection.tell(facts.asked("r0", "fails"), facts.asked("r2", "people"), ...asked);
    expect(await room.agent.untilCalled("answer")).toEqual([{ agentKey: "r1", resolution: accept }]);
    const [resolved] = await room.untilEvents("decision.resolved");
    expect(resolved?.decision).toMatchObject({ resolvedBy: "program", resolution: accept });
    expect((await room.store.decisions.list({ state: "pending", limit: 10 })).items).toHaveLength(2);
  });
});

test("frames reach listeners while they listen", async () => {
  await using room = await openSessionRoom();
  await room.attach();
  const frames: unknown[] = [];
  const subscription = room.session.onFrame((frame) => frames.push(frame));
  await room.session.journal.record([facts.started("u", anItem("i")), facts.delta("u", "i", "Hi")]);
  subscription[Symbol.dispose]();
  await room.session.journal.record([facts.started("u", anItem("j")), facts.delta("u", "j", "Ho")]);
  expect(frames).toMatchObject([{ frame: "item.delta", itemId: "i", append: "Hi" }]);
});

test("a close ends it once, whatever comes after", async () => {
  await using room = await openSessionRoom();
  room.session.close();
  room.session.fail(new Error("late"));
  expect(await room.session.ended).toEqual({ type: "close" });
});
