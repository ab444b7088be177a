import { OptioError } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { FakeClock } from "../kernel/fake-clock.test-support.ts";
import { answered, aUserItem, facts } from "./fake-agent.test-support.ts";
import { MAX_QUEUED } from "./message-pump.ts";
import type { SessionRoom } from "./session-room.test-support.ts";
import { openSessionRoom } from "./session-room.test-support.ts";

const record = (room: SessionRoom, ...given: Parameters<SessionRoom["session"]["journal"]["record"]>[0]) =>
  room.session.journal.record(given);
const texts = (room: SessionRoom, method = "startTurn") =>
  room.agent.callsOf(method).map((request) => (request as { text: string }).text);
const waiting = async (room: SessionRoom) =>
  (await room.unsent()).map((message) => `${message.text} ${message.mode} ${message.state}`);
/** Everything that was set going has had its chance. */
async function settle(room: SessionRoom): Promise<void> {
  for (let n = 0; n < 5; n += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    await room.store.processes.find("p");
  }
}

/** A live session in which the turn "turn-1" of the message "first" runs. */
async function openBusy(): Promise<SessionRoom> {
  const room = await openSessionRoom();
  await room.attach();
  const { messageId } = await room.session.send("first", "auto");
  await record(room, facts.turnStarted("turn-1"), facts.completed("turn-1", aUserItem(messageId)));
  return room;
}

describe("a message to an idle session", () => {
  test("goes at once, stored as sending before the call, and is sent when its item is seen", async () => {
    await using room = await openSessionRoom();
    await room.attach();
    let stored: string[] = [];
    room.agent.startTurn = async () => {
      stored = await waiting(room);
      return { turnId: "u" };
    };
    const sent = await room.session.send("hello", "auto");
    expect(sent).toEqual({ messageId: expect.stringMatching(/^msg_/), state: "sending", turnId: "u" });
    expect(stored).toEqual(["hello auto sending"]);
    expect(room.agent.callsOf("startTurn")).toEqual([
      { threadId: "thread-1", text: "hello", messageId: sent.messageId },
    ]);
    expect(await waiting(room)).toEqual(["hello auto sending"]);
    await record(room, ...answered("u", sent.messageId, "hi"));
    expect(await waiting(room)).toEqual([]);
  });

  test("waits before the session is live, and goes when it is", async () => {
    await using room = await openSessionRoom();
    expect(await room.session.send("early", "auto")).toMatchObject({ state: "queued" });
    await room.attach();
    await room.agent.untilCalled("startTurn");
    expect(texts(room)).toEqual(["early"]);
  });

  test.each(["agent-refused", "too-large"] as const)(
    "that is refused by the agent as %s is dropped with a warning, and the next one goes",
    async (code) => {
      await using room = await openSessionRoom();
      await room.attach();
      const turn = Promise.withResolvers<{ turnId: string }>();
      room.agent.startTurn = ({ text }) => (text === "bad" ? turn.promise : Promise.resolve({ turnId: "u" }));
      const bad = room.session.send("bad", "auto");
      await room.agent.untilCalled("startTurn");
      expect(await room.session.send("good", "auto")).toMatchObject({ state: "queued" });
      turn.reject(new OptioError(code, "too long"));
      await bad;
      await room.agent.untilCalled("startTurn", 2);
      expect(texts(room)).toEqual(["bad", "good"]);
      expect(await waiting(room)).toEqual(["good auto sending"]);
      expect(await room.events("warning")).toEqual([
        { type: "warning", code, message: "the agent refused a message: too long" },
      ]);
    },
  );

  test("steering is refused: there is no turn", async () => {
    await using room = await openSessionRoom();
    await room.attach();
    await expect(room.session.send("go left", "steer")).rejects.toMatchObject({ code: "no-active-turn" });
    expect(await room.unsent()).toEqual([]);
  });
});

describe("messages to a busy session", () => {
  test("wait and go one by one in their order, each after the item of the one before", async () => {
    await using room = await openBusy();
    const ids: string[] = [];
    for (const text of ["second", "third", "fourth"]) {
      const sent = await room.session.send(text, text === "third" ? "queue" : "auto");
      expect(sent.state).toBe("queued");
      ids.push(sent.messageId);
    }
    await record(room, facts.turnCompleted("turn-1"));
    for (const [index, messageId] of ids.entries()) {
      await room.agent.untilCalled("startTurn", index + 2);
      await settle(room);
      expect(texts(room)).toHaveLength(index + 2);
      await record(room, ...answered(`turn-${index + 2}`, messageId, "ok"));
    }
    expect(texts(room)).toEqual(["first", "second", "third", "fourth"]);
    expect(await room.unsent()).toEqual([]);
  });

  test("steer the running turn at once", async () => {
    await using room = await openBusy();
    await room.session.send("later", "auto");
    const steer = await room.session.send("go left", "steer");
    expect(steer).toMatchObject({ state: "sending", turnId: "turn-1" });
    expect(room.agent.callsOf("steer")).toEqual([
      { threadId: "thread-1", turnId: "turn-1", text: "go left", messageId: steer.messageId },
    ]);
    expect(await waiting(room)).toEqual(["later auto queued", "go left steer sending"]);
    await record(room, facts.completed("turn-1", aUserItem(steer.messageId)));
    expect(await waiting(room)).toEqual(["later auto queued"]);
  });

  test("that steer too late go to the head of the queue as ordinary ones", async () => {
    await using room = await openBusy();
    await room.session.send("later", "auto");
    room.agent.steer = () => Promise.reject(new OptioError("no-active-turn", "it just ended"));
    await room.session.send("go left", "steer");
    expect(await waiting(room)).toEqual(["go left queue queued", "later auto queued"]);
    await record(room, facts.turnCompleted("turn-1"));
    await room.agent.untilCalled("startTurn", 2);
    expect(texts(room)).toEqual(["first", "go left"]);
  });

  test("that steer a turn which is interrupted before it heard them go again after it", async () => {
    await using room = await openBusy();
    await room.session.send("go left", "steer");
    await record(room, facts.turnCompleted("turn-1", "interrupted"));
    await room.agent.untilCalled("startTurn", 2);
    expect(texts(room)).toEqual(["first", "go left"]);
    expect(await waiting(room)).toEqual(["go left queue sending"]);
  });

  test("are refused when there are too many", async () => {
    await using room = await openBusy();
    for (let n = 0; n < MAX_QUEUED; n += 1) await room.session.send(`${n}`, "auto");
    await expect(room.session.send("one more", "auto")).rejects.toMatchObject({
      code: "queue-full",
      message: expect.stringContaining(`${MAX_QUEUED} messages`),
    });
    expect(await room.unsent()).toHaveLength(MAX_QUEUED);
  });

  test("can be changed and taken back until they are sent", async () => {
    await using room = await openBusy();
    const [one, two] = [await room.session.send("one", "auto"), await room.session.send("two", "auto")];
    expect(await room.session.pump.edit(one.messageId, "uno")).toEqual({ messageId: one.messageId, state: "queued" });
    await room.session.pump.drop(two.messageId);
    const queues = (await room.events("queue.changed")).map(({ queue }) => queue.map((message) => message.text));
    expect(queues.slice(-3)).toEqual([["one", "two"], ["uno", "two"], ["uno"]]);
    await expect(room.session.pump.drop(two.messageId)).rejects.toMatchObject({ code: "not-found" });
    await expect(room.session.pump.edit("msg_none", "x")).rejects.toMatchObject({ code: "not-found" });
    await record(room, facts.turnCompleted("turn-1"));
    await room.agent.untilCalled("startTurn", 2);
    await expect(room.session.pump.edit(one.messageId, "x")).rejects.toMatchObject({ code: "already-sent" });
    await expect(room.session.pump.drop(one.messageId)).rejects.toMatchObject({ code: "already-sent" });
    expect(texts(room)).toEqual(["first", "uno"]);
  });
});

describe("a session without a login", () => {
  test("lets messages wait until it is logged in", async () => {
    await using room = await openSessionRoom();
    room.agent.loginRequired = true;
    await room.attach();
    expect(await room.session.send("hello", "auto")).toMatchObject({ state: "queued" });
    await settle(room);
    expect(texts(room)).toEqual([]);
    await expect(room.session.login("bad")).rejects.toMatchObject({ code: "login-failed" });
    await room.session.login("good");
    await room.agent.untilCalled("startTurn");
    expect(await room.events("login.required", "login.completed")).toEqual([
      { type: "login.required", kinds: ["apiKey"] },
      { type: "login.completed", kind: "apiKey" },
    ]);
  });
});

describe("a message whose item does not come", () => {
  async function openSearching() {
    const clock = new FakeClock();
    const room = await openSessionRoom({ clock });
    await room.attach();
    const sent = await room.session.send("hello", "auto");
    await clock.untilSleeping();
    return { room, clock, messageId: sent.messageId };
  }

  test("is looked for in the thread after a second, and counts as sent when it is there", async () => {
    const { room, clock, messageId } = await openSearching();
    await using _ = room;
    room.agent.history = [{ turnId: "turn-1", status: "inProgress", items: [aUserItem(messageId)] }];
    clock.advance(999);
    await settle(room);
    expect(room.agent.callsOf("turnsSince")).toHaveLength(0);
    clock.advance(1);
    await room.untilEvents("item.completed");
    expect(await waiting(room)).toEqual([]);
    expect(texts(room)).toEqual(["hello"]);
  });

  test("is sent again when the thread has no turn of it", async () => {
    const { room, clock, messageId } = await openSearching();
    await using _ = room;
    clock.advance(1_000);
    await room.agent.untilCalled("startTurn", 2);
    expect(texts(room)).toEqual(["hello", "hello"]);
    await record(room, ...answered("turn-2", messageId, "hi"));
    expect(await waiting(room)).toEqual([]);
  });

  test("is looked for again as long as a turn runs, and never sent twice meanwhile", async () => {
    const { room, clock, messageId } = await openSearching();
    await using _ = room;
    await record(room, facts.turnStarted("turn-1"));
    for (const count of [1, 2]) {
      clock.advance(1_000);
      await room.agent.untilCalled("turnsSince", count);
      await clock.untilSleeping();
    }
    expect(texts(room)).toEqual(["hello"]);
    await record(room, facts.completed("turn-1", aUserItem(messageId)));
    expect(await waiting(room)).toEqual([]);
  });

  test.each([
    ["whose request went unanswered", new OptioError("agent-unresponsive", "no answer in 30 s")],
    ["whose request timed out here", new DOMException("signal timed out", "TimeoutError")],
  ])("%s is looked for all the same", async (_, failure) => {
    const clock = new FakeClock();
    await using room = await openSessionRoom({ clock });
    await room.attach();
    const replies = [() => Promise.reject(failure), async () => ({ turnId: "turn-1" })];
    room.agent.startTurn = () => replies.shift()?.() ?? Promise.resolve({ turnId: "more" });
    await room.session.send("hello", "auto");
    await clock.untilSleeping();
    clock.advance(1_000);
    await room.agent.untilCalled("startTurn", 2);
    expect(texts(room)).toEqual(["hello", "hello"]);
  });

  test("is looked for again when the look failed", async () => {
    const { room, clock, messageId } = await openSearching();
    await using _ = room;
    const { connection } = room.session.work;
    if (!connection) throw new Error("not connected");
    const turnsSince = connection.turnsSince.bind(connection);
    let failures = 0;
    connection.turnsSince = (...args) => {
      failures += 1;
      return failures > 1 ? turnsSince(...args) : Promise.reject(new OptioError("agent-unresponsive", "busy"));
    };
    room.agent.history = [{ turnId: "turn-1", status: "inProgress", items: [aUserItem(messageId)] }];
    clock.advance(1_000);
    await clock.untilSleeping();
    clock.advance(1_000);
    await room.untilEvents("item.completed");
    expect(await waiting(room)).toEqual([]);
  });
});

test("of messages sent at the same moment one goes and the others wait in their order", async () => {
  await using room = await openSessionRoom();
  await room.attach();
  const sent = await Promise.all(["a", "b", "c"].map((text) => room.session.send(text, "auto")));
  expect(sent.map(({ state }) => state)).toEqual(["sending", "queued", "queued"]);
  await settle(room);
  expect(texts(room)).toEqual(["a"]);
  expect(await waiting(room)).toEqual(["a auto sending", "b auto queued", "c auto queued"]);
});

test("an ended session takes no messages", async () => {
  await using room = await openSessionRoom();
  room.session.work.board.ended = true;
  await expect(room.session.send("hello", "auto")).rejects.toMatchObject({ code: "session-ended" });
});
