import type { Item } from "@optio/contract";
import { describe, expect, test } from "vitest";
import type { AgentFact, AgentTurn } from "../agent/agent-kind.ts";
import { anItem, answered, aUserItem, facts } from "./fake-agent.test-support.ts";
import type { SessionRoom } from "./session-room.test-support.ts";
import { openSessionRoom } from "./session-room.test-support.ts";

const ITEMS = ["turn.started", "item.started", "item.completed", "turn.completed"] as const;

/** The events of turns and items, in short. */
async function story(room: SessionRoom): Promise<string[]> {
  return (await room.events(...ITEMS)).map((event) => {
    if (event.type === "turn.started") return `${event.turnId}{`;
    if (event.type === "turn.completed") return `}${event.turnId} ${event.status}`;
    return event.type === "item.started" ? `+${event.item.id}` : `-${event.item.id} ${event.item.status}`;
  });
}

const done = (id: string, text: string): Item => anItem(id, "agentMessage", { text, status: "completed" });
const record = (room: SessionRoom, ...given: AgentFact[]) => room.session.journal.record(given);
const active = (room: SessionRoom) => room.session.work.board.activeTurnId;

describe("turns and items", () => {
  test("are told as they come, with the record in step", async () => {
    await using room = await openSessionRoom();
    await record(room, facts.turnStarted("u"), facts.started("u", anItem("i")));
    expect(active(room)).toBe("u");
    await record(room, facts.completed("u", done("i", "Hello")), facts.turnCompleted("u"));
    expect(await story(room)).toEqual(["u{", "+i", "-i completed", "}u completed"]);
    expect(active(room)).toBeNull();
    expect(await room.store.processes.find("p")).toMatchObject({ hasSavedState: true, session: { activity: "Hello" } });
    const [completed] = await room.events("item.completed");
    expect(completed?.item).toMatchObject({ text: "Hello", completedAt: expect.stringMatching(/Z$/) });
  });

  test("are started once and completed once, however often the agent says so", async () => {
    await using room = await openSessionRoom();
    const all = [
      facts.turnStarted("u"),
      facts.started("u", anItem("i")),
      facts.completed("u", done("i", "Hello")),
      facts.turnCompleted("u"),
    ];
    for (const fact of all) await record(room, fact, fact);
    await record(room, ...all, ...all);
    expect(await story(room)).toEqual(["u{", "+i", "-i completed", "}u completed"]);
    expect(active(room)).toBeNull();
  });

  test("whose start was missed get it with their end", async () => {
    await using room = await openSessionRoom();
    await record(room, facts.completed("u", done("i", "whole")), facts.turnCompleted("v"));
    expect(await story(room)).toEqual(["u{", "+i", "-i completed", "v{", "}v completed"]);
    const [started] = await room.events("item.started");
    expect(started?.item).toMatchObject({ status: "inProgress" });
    expect(started?.item).not.toHaveProperty("completedAt");
  });

  test("that are open at the end of their turn end with it as interrupted, with the text so far", async () => {
    await using room = await openSessionRoom();
    await record(room, facts.started("u", anItem("i")), facts.delta("u", "i", "half a "), facts.turnCompleted("u"));
    await record(room, facts.started("v", anItem("j")), facts.delta("v", "j", "half a sen"));
    await record(room, facts.started("v", anItem("c", "commandExecution", { command: "ls", status: "inProgress" })));
    await record(room, facts.delta("v", "c", "a.txt", "output"), facts.turnCompleted("v", "interrupted"));
    expect(await story(room)).toEqual(
      ["u{", "+i", "-i interrupted", "}u completed", "v{", "+j", "+c", "-j interrupted", "-c interrupted"].concat(
        "}v interrupted",
      ),
    );
    const items = (await room.events("item.completed")).map(({ item }) => item);
    expect(items[0]).toMatchObject({ text: "half a " });
    expect(items[1]).toMatchObject({ text: "half a sen", status: "interrupted", startedAt: expect.any(String) });
    expect(items[2]).toMatchObject({ command: "ls", aggregatedOutput: "a.txt" });
    expect(room.session.text.snapshot()).toEqual([]);
  });

  test("that come after their turn ended neither open it again nor stay open for ever", async () => {
    await using room = await openSessionRoom();
    await record(room, facts.turnStarted("u"), facts.turnCompleted("u"), facts.started("u", anItem("late")));
    expect(active(room)).toBeNull();
    await room.session.journal.closeOpen("thread-1");
    expect(await story(room)).toEqual(["u{", "}u completed", "+late", "-late interrupted"]);
    expect(await room.store.events.openItems("p", "thread-1")).toEqual([]);
  });

  test("of the session's end are interrupted", async () => {
    await using room = await openSessionRoom();
    await record(room, facts.turnStarted("u"), facts.started("u", anItem("i")), facts.delta("u", "i", "so"));
    await room.session.journal.closeOpen("thread-1");
    expect(await story(room)).toEqual(["u{", "+i", "-i interrupted", "}u interrupted"]);
    expect(active(room)).toBeNull();
  });
});

describe("live text", () => {
  test("is what viewers get while an item is open, and is gone when it is complete", async () => {
    await using room = await openSessionRoom();
    await record(room, facts.started("u", anItem("i")), facts.delta("u", "i", "Hel"));
    expect(room.session.text.snapshot()).toMatchObject([{ itemId: "i", text: "Hel" }]);
    await record(room, facts.completed("u", done("i", "Hello")), facts.delta("u", "i", "late"));
    expect(room.session.text.snapshot()).toEqual([]);
    expect(await story(room)).toEqual(["u{", "+i", "-i completed"]);
  });

  test("of an item whose start was missed opens it as joined late, of the kind its channel tells", async () => {
    await using room = await openSessionRoom();
    await record(
      room,
      facts.delta("u", "m", "tail"),
      facts.delta("u", "r", "hm", "reasoning"),
      facts.delta("u", "c", "out", "output"),
      facts.delta("u", "m", " more"),
    );
    const started = (await room.events("item.started")).map(({ item }) => item);
    expect(started).toMatchObject([
      { id: "m", kind: "agentMessage", text: "", joinedLate: true },
      { id: "r", kind: "reasoning", summary: [], joinedLate: true },
      { id: "c", kind: "commandExecution", joinedLate: true },
    ]);
    expect(room.session.text.textOf("m")).toEqual({ text: "tail more", output: "" });
    await record(room, facts.completed("u", done("m", "head and tail more")));
    const [completed] = await room.events("item.completed");
    expect(completed?.item).toMatchObject({ text: "head and tail more" });
    expect(completed?.item).not.toHaveProperty("joinedLate");
  });

  test("is open again after a restart of the server, joined late", async () => {
    await using room = await openSessionRoom();
    await record(room, facts.started("u", anItem("i")), facts.delta("u", "i", "lost with the server"));
    await room.restart();
    await room.session.journal.reopenText("thread-1");
    await record(room, facts.delta("u", "i", "tail"));
    expect(room.session.text.snapshot()).toMatchObject([{ itemId: "i", text: "tail", joinedLate: true }]);
  });
});

describe("history", () => {
  const turns: readonly AgentTurn[] = [
    { turnId: "u", status: "completed", items: [aUserItem("m1"), done("i", "Hello")] },
    { turnId: "v", status: "inProgress", items: [aUserItem("m2"), anItem("j")] },
  ];

  test("is told as if it had been heard, once, whatever was heard of it", async () => {
    const whole = [
      "u{",
      "+item-of-m1",
      "-item-of-m1 completed",
      "+i",
      "-i completed",
      "}u completed",
      "v{",
      "+item-of-m2",
      "-item-of-m2 completed",
      "+j",
    ];
    const heard: AgentFact[][] = [
      [],
      [facts.turnStarted("u"), facts.started("u", aUserItem("m1"))],
      answered("u", "m1", "Hello").slice(0, 2),
    ];
    for (const before of heard) {
      await using room = await openSessionRoom();
      await record(room, ...before);
      await room.session.journal.recordHistory("thread-1", turns, false);
      await room.session.journal.recordHistory("thread-1", turns, false);
      expect(await story(room)).toEqual(whole);
      expect(active(room)).toBe("v");
    }
  });

  test("of a program that died closes what it does not remember as interrupted", async () => {
    await using room = await openSessionRoom();
    await record(room, facts.turnStarted("gone"), facts.started("gone", anItem("x")), facts.delta("gone", "x", "ha"));
    await room.session.journal.recordHistory("thread-1", [{ turnId: "u", status: "interrupted", items: [] }], true);
    expect(await story(room)).toEqual(["gone{", "+x", "u{", "}u interrupted", "-x interrupted", "}gone interrupted"]);
    expect(active(room)).toBeNull();
  });
});

describe("messages", () => {
  async function put(room: SessionRoom, messageId: string, origin: "person" | "harness" = "person"): Promise<void> {
    await room.store.asOwner(room.key, (tx) =>
      tx.putMessage({ messageId, text: "t", mode: "auto", state: "sending", origin, createdAt: 1, turnId: null }),
    );
  }
  const found = (room: SessionRoom, messageId: string) =>
    room.store.asOwner(room.key, (tx) => tx.findMessage(messageId));

  test("count as sent when their item is seen, once, and the queue tells it", async () => {
    await using room = await openSessionRoom();
    await put(room, "m1");
    await record(room, facts.started("u", aUserItem("m1")), facts.completed("u", aUserItem("m1")));
    expect(await found(room, "m1")).toMatchObject({ state: "sent", turnId: "u", mode: "auto" });
    expect(await room.events("queue.changed")).toEqual([{ type: "queue.changed", queue: [] }]);
    const [completed] = await room.events("item.completed");
    expect(completed?.item).toMatchObject({ messageId: "m1", origin: "person" });
  });

  test("of the harness say so, and those of another client say nothing", async () => {
    await using room = await openSessionRoom();
    await put(room, "m1", "harness");
    await record(room, facts.completed("u", aUserItem("m1")), facts.completed("u", aUserItem("theirs")));
    const items = (await room.events("item.completed")).map(({ item }) => item);
    expect(items[0]).toMatchObject({ origin: "harness" });
    expect(items[1]).not.toHaveProperty("origin");
  });

  test.each([
    ["one by one", false],
    ["together", true],
  ])("that join a running turn are recorded as steered, told %s", async (_, together) => {
    await using room = await openSessionRoom();
    await put(room, "m1");
    await put(room, "m2");
    const told = [facts.turnStarted("u"), facts.completed("u", aUserItem("m1")), facts.completed("u", aUserItem("m2"))];
    if (together) await record(room, ...told);
    else for (const fact of told) await record(room, fact);
    expect(await found(room, "m1")).toMatchObject({ state: "sent", mode: "auto" });
    expect(await found(room, "m2")).toMatchObject({ state: "sent", mode: "steer", turnId: "u" });
  });
});

describe("other notices", () => {
  test("become events, limits only when they change, and facts of the record", async () => {
    await using room = await openSessionRoom();
    const counts = { totalTokens: 7, inputTokens: 4, cachedInputTokens: 0, outputTokens: 3, reasoningOutputTokens: 0 };
    const usage: AgentFact = { type: "usage.updated", threadId: "thread-1", usage: { total: counts } };
    const limits: AgentFact = { type: "limits.updated", limits: { primary: { usedPercent: 3 } } };
    const stat = { files: 1, added: 2, removed: 0 };
    await record(
      room,
      usage,
      limits,
      limits,
      { type: "plan.updated", threadId: "thread-1", turnId: "u", plan: [{ step: "look", status: "pending" }] },
      { type: "diff.updated", threadId: "thread-1", turnId: "u", stat },
      { type: "warning", code: "agent-protocol", message: "odd" },
      facts.turnCompleted("u"),
    );
    const types = ["usage.updated", "limits.updated", "plan.updated", "diff.updated", "warning"] as const;
    expect((await room.events(...types)).map((event) => event.type)).toEqual([...types]);
    expect(await room.events("turn.completed")).toMatchObject([{ usage: { total: counts } }]);
    expect((await room.store.processes.find("p"))?.session).toMatchObject({ diff: stat, usage: { total: counts } });
  });
});

test("a diff is told when it changes, and anew for a turn whose diff is as large as the last one's", async () => {
  await using room = await openSessionRoom();
  const diff = (turnId: string) =>
    ({ type: "diff.updated", threadId: "thread-1", turnId, stat: { files: 1, added: 3, removed: 0 } }) as const;
  await record(room, facts.turnStarted("u"), diff("u"), diff("u"), facts.turnCompleted("u"));
  await record(room, facts.turnStarted("v"), diff("v"), diff("v"), facts.turnCompleted("v"));
  expect((await room.events("diff.updated")).map(({ turnId }) => turnId)).toEqual(["u", "v"]);
});
