import { describe, expect, test } from "vitest";
import { anItem, answered, aUserItem, facts } from "./fake-agent.test-support.ts";
import { KICKOFF, RESUME_NOTICE } from "./notices.ts";
import type { SessionRoom } from "./session-room.test-support.ts";
import { openSessionRoom } from "./session-room.test-support.ts";

const SESSION = ["session.live", "session.adopted", "session.resumed"] as const;

const texts = (room: SessionRoom) =>
  room.agent.callsOf("startTurn").map((request) => (request as { text: string }).text);
const record = (room: SessionRoom, ...given: Parameters<SessionRoom["session"]["journal"]["record"]>[0]) =>
  room.session.journal.record(given);

/** The message that went to the agent as the n-th. */
async function sentMessage(room: SessionRoom, nth = 1): Promise<string> {
  const requests = await room.agent.untilCalled("startTurn", nth);
  return (requests[nth - 1] as { messageId: string }).messageId;
}

describe("a fresh session", () => {
  test("is live with its thread, and the prompt goes as a person's first message", async () => {
    await using room = await openSessionRoom({ config: { prompt: "Do it.", autoStart: true } });
    await room.attach();
    await sentMessage(room);
    expect(texts(room)).toEqual(["Do it."]);
    expect(await room.unsent()).toMatchObject([{ text: "Do it.", origin: "person", state: "sending" }]);
    expect(await room.events(...SESSION)).toEqual([{ type: "session.live", thread: { id: "thread-1" } }]);
    expect((await room.store.processes.find("p"))?.session).toMatchObject({
      phase: "idle",
      threadId: "thread-1",
      model: "fake-model",
    });
  });

  test("without a prompt gets the kickoff when it starts by itself, from the harness", async () => {
    await using room = await openSessionRoom({ config: { autoStart: true } });
    await room.attach();
    await sentMessage(room);
    expect(await room.unsent()).toMatchObject([{ text: KICKOFF, origin: "harness" }]);
  });

  test("without either says nothing", async () => {
    await using room = await openSessionRoom();
    await room.attach();
    expect(await room.unsent()).toEqual([]);
    expect(texts(room)).toEqual([]);
  });

  test("logs in with the key it was given, and asks for a login when it has none", async () => {
    await using given = await openSessionRoom({ setup: { secrets: { apiKey: "k" } } });
    given.agent.loginRequired = true;
    await given.attach();
    expect(given.agent.callsOf("login")).toEqual([{ type: "apiKey", apiKey: "k" }]);
    expect(await given.events("login.required", "login.completed")).toEqual([
      { type: "login.completed", kind: "apiKey" },
    ]);
    await using none = await openSessionRoom();
    none.agent.loginRequired = true;
    await none.attach();
    expect(await none.events("login.required", "login.completed")).toEqual([
      { type: "login.required", kinds: ["apiKey"] },
    ]);
    expect((await none.store.processes.find("p"))?.session).toMatchObject({
      phase: "login",
      login: { required: true, kinds: ["apiKey"] },
    });
  });
});

test("a login with a key is over before the thread is asked for again: it would cost the thread its permission", async () => {
  await using room = await openSessionRoom({ setup: { secrets: { apiKey: "k" } }, config: { prompt: "Do it." } });
  room.agent.loginRequired = true;
  await room.attach();
  await record(room, ...answered("turn-1", await sentMessage(room), "Done."));
  // a program that was started again has forgotten its login
  room.agent.loginRequired = true;
  const before = room.agent.calls.length;
  await room.attach("restarted");
  const methods = room.agent.calls.slice(before).map(({ method }) => method);
  expect(methods.filter((method) => method === "login" || method === "resumeThread")).toEqual([
    "login",
    "resumeThread",
  ]);
});

describe("the prompt of a fresh run is sent once", () => {
  test.each(["reconnected", "adopted", "restarted"] as const)(
    "when it was answered and the session is %s",
    async (arrival) => {
      await using room = await openSessionRoom({ config: { prompt: "Do it." } });
      await room.attach();
      await record(room, ...answered("turn-1", await sentMessage(room), "Done."));
      if (arrival === "adopted") await room.restart();
      await room.attach(arrival);
      await room.session.pump.recover();
      expect(texts(room)).toEqual(["Do it."]);
    },
  );

  test("although the server died after storing it and before the call", async () => {
    await using room = await openSessionRoom({ config: { prompt: "Do it." } });
    room.agent.startTurn = () => new Promise(() => undefined);
    await room.attach();
    const messageId = await sentMessage(room);
    room.agent.startTurn = async () => ({ turnId: "turn-1" });
    await room.restart();
    await room.attach("adopted");
    expect(await sentMessage(room, 2)).toBe(messageId);
    expect(await room.events("queue.changed")).not.toEqual([]);
    await record(room, ...answered("turn-1", messageId, "Done."));
    expect(await room.unsent()).toEqual([]);
  });

  test("although the server died after the call: the thread has it", async () => {
    await using room = await openSessionRoom({ config: { prompt: "Do it." } });
    await room.attach();
    const messageId = await sentMessage(room);
    room.agent.history = [{ turnId: "turn-1", status: "inProgress", items: [aUserItem(messageId)] }];
    await room.restart();
    await room.attach("adopted");
    await room.session.pump.recover();
    expect(texts(room)).toEqual(["Do it."]);
    expect(await room.unsent()).toEqual([]);
    expect((await room.store.processes.find("p"))?.session?.phase).toBe("busy");
  });
});

describe("what is told of an arrival", () => {
  test("adopted: that, and nothing to the agent", async () => {
    await using room = await openSessionRoom();
    await room.attach();
    await room.restart();
    await room.attach("adopted");
    expect(await room.events(...SESSION)).toMatchObject([{ type: "session.live" }, { type: "session.adopted" }]);
    expect(texts(room)).toEqual([]);
  });

  test("reconnected: nothing", async () => {
    await using room = await openSessionRoom();
    await room.attach();
    await room.attach("reconnected");
    expect(await room.events(...SESSION)).toHaveLength(1);
  });

  test("restarted: how often, and what was lost of what was being written", async () => {
    await using room = await openSessionRoom();
    await room.attach();
    await record(room, facts.turnStarted("turn-1"), facts.started("turn-1", anItem("i")));
    await room.attach("restarted");
    await room.attach("restarted");
    expect(await room.events("session.resumed")).toEqual([
      {
        type: "session.resumed",
        from: "workspace",
        lost: "the end of the message that was being written",
        restarts: 1,
      },
      { type: "session.resumed", from: "workspace", restarts: 2 },
    ]);
    expect(await room.events("turn.completed")).toMatchObject([{ turnId: "turn-1", status: "interrupted" }]);
  });

  test("restarted while a command ran: that what ran is gone", async () => {
    await using room = await openSessionRoom();
    await room.attach();
    await record(room, facts.started("turn-1", anItem("c", "commandExecution", { command: "make" })));
    await room.attach("restarted");
    expect(await room.events("session.resumed")).toMatchObject([{ lost: "what was running when the agent stopped" }]);
  });
});

describe("a restart of the program", () => {
  test("sends a message again whose turn died before the agent did anything", async () => {
    await using room = await openSessionRoom();
    await room.attach();
    const { messageId } = await room.session.send("hello", "auto");
    await record(room, facts.turnStarted("turn-1"), facts.completed("turn-1", aUserItem(messageId)));
    room.agent.history = [{ turnId: "turn-1", status: "interrupted", items: [aUserItem(messageId)] }];
    await room.attach("restarted");
    expect(await sentMessage(room, 2)).toBe(messageId);
    await record(room, ...answered("turn-2", messageId, "hi"));
    expect(await room.unsent()).toEqual([]);
  });

  test("does not send a message again whose turn had begun its work", async () => {
    await using room = await openSessionRoom();
    await room.attach();
    const { messageId } = await room.session.send("hello", "auto");
    const said = anItem("i", "agentMessage", { text: "I beg", status: "interrupted" });
    await record(room, facts.turnStarted("turn-1"), facts.completed("turn-1", aUserItem(messageId)));
    room.agent.history = [{ turnId: "turn-1", status: "interrupted", items: [aUserItem(messageId), said] }];
    await room.attach("restarted");
    await room.session.pump.recover();
    expect(texts(room)).toEqual(["hello"]);
    expect(await room.unsent()).toEqual([]);
  });

  test("withdraws what the old program asked", async () => {
    await using room = await openSessionRoom();
    await room.attach();
    await record(room, facts.turnStarted("turn-1"), facts.asked("r1", "turn-1"));
    expect((await room.store.processes.find("p"))?.session?.phase).toBe("waiting");
    room.session.work.manifest = { ...room.session.work.manifest, life: 2 };
    await room.attach("restarted");
    expect(await room.events("decision.resolved")).toMatchObject([{ decision: { state: "withdrawn" } }]);
    expect((await room.store.processes.find("p"))?.session?.phase).toBe("idle");
  });
});

test("a resumed session tells the agent so, and not its prompt again", async () => {
  await using room = await openSessionRoom({ config: { prompt: "Do it.", autoStart: true } });
  room.agent.threads.add("thread-1");
  const { work } = room.session;
  work.resumed = true;
  work.manifest = { ...work.manifest, threadId: "thread-1" };
  await room.attach("resumed");
  await sentMessage(room);
  expect(texts(room)).toEqual([RESUME_NOTICE]);
  expect(await room.unsent()).toMatchObject([{ origin: "harness" }]);
  expect(await room.events(...SESSION)).toMatchObject([
    { type: "session.live", thread: { id: "thread-1" } },
    { type: "session.resumed", from: "workspace", restarts: 0 },
  ]);
});

describe("a thread that the agent does not know any more", () => {
  test("is replaced while nothing was said in it: what was sent into it goes into the new one, once", async () => {
    await using room = await openSessionRoom({ config: { prompt: "Do it." } });
    await room.attach();
    const messageId = await sentMessage(room);
    await record(room, facts.turnStarted("turn-1"), facts.completed("turn-1", aUserItem(messageId)));
    room.agent.threads.clear();
    await room.attach("restarted");
    expect(await sentMessage(room, 2)).toBe(messageId);
    expect(room.agent.callsOf("startTurn")[1]).toMatchObject({ threadId: "thread-2", text: "Do it." });
    expect(await room.events("session.live")).toMatchObject([
      { thread: { id: "thread-1" } },
      { thread: { id: "thread-2" } },
    ]);
    expect(await room.events("turn.completed")).toMatchObject([{ turnId: "turn-1", status: "interrupted" }]);
    const seen = facts.completed("turn-2", aUserItem(messageId, "seen again"), "thread-2");
    await record(room, facts.turnStarted("turn-2", "thread-2"), seen);
    expect(await room.unsent()).toEqual([]);
    expect(texts(room)).toEqual(["Do it.", "Do it."]);
  });

  test("is replaced again and again as long as nothing was answered", async () => {
    await using room = await openSessionRoom({ config: { prompt: "Do it." } });
    await room.attach();
    for (const nth of [1, 2, 3]) {
      const messageId = await sentMessage(room, nth);
      const threadId = `thread-${nth}`;
      await record(room, facts.turnStarted(`turn-${nth}`, threadId));
      await record(room, facts.completed(`turn-${nth}`, aUserItem(messageId, `i${nth}`), threadId));
      room.agent.threads.clear();
      await room.attach("restarted");
    }
    await room.agent.untilCalled("startTurn", 4);
    expect(new Set(texts(room))).toEqual(new Set(["Do it."]));
  });

  test("is a failure once something was answered in it: what is on disk is kept and named", async () => {
    await using room = await openSessionRoom();
    await room.attach();
    await record(room, facts.turnStarted("turn-1"), facts.turnCompleted("turn-1"));
    room.agent.threads.clear();
    await expect(room.attach("restarted")).rejects.toMatchObject({
      code: "agent-refused",
      message: expect.stringMatching(/thread-1.*home' are kept/),
    });
    expect(room.agent.callsOf("startThread")).toHaveLength(1);
  });
});
