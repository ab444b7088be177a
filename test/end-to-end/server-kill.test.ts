import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Envelope } from "@optio/contract";
import { unwrap } from "@optio/contract";
import { expect, test } from "vitest";
import { describeLog } from "../support/describe-log.ts";
import { ForeignClient } from "../support/foreign-client.ts";
import type { LogFollower } from "../support/log-follower.ts";
import { findLogProblems } from "../support/log-problems.ts";
import { pollUntil } from "../support/process-look.ts";
import { answersIn, commandsIn, completedItems, decisionsIn, messagesIn } from "../support/read-log.ts";
import { scripted, World } from "../support/world.ts";

test("a message that was queued when the server died is sent once by the next one", async () => {
  await using world = await World.create();
  const { id, log } = await startSession(world);
  const first = scripted({ gate: "busy" }, { say: "first" });
  await world.send(id, first);
  await world.model.gate("busy").waitUntilReached();
  expect(await world.send(id, "second")).toMatchObject({ state: "queued" });
  await world.end("SIGKILL");
  world.model.gate("busy").open();
  await world.start();
  await log.untilTurns(2);
  await expectAnswered(world, id, log, { [first]: "first", second: "answer to: second" });
  expect(log.connections).toBe(2);
});

test("messages of a queue keep their order over a kill, each answered once", async () => {
  await using world = await World.create();
  const { id, log } = await startSession(world);
  const first = scripted({ gate: "busy" }, { say: "first" });
  await world.send(id, first);
  await world.model.gate("busy").waitUntilReached();
  for (const text of ["b", "c", "d"]) await world.send(id, text);
  await world.crash();
  await log.until({ type: "session.adopted" });
  expect((await world.view(id)).queue.map((message) => message.text)).toEqual(["b", "c", "d"]);
  world.model.gate("busy").open();
  await log.untilTurns(4);
  await expectAnswered(world, id, log, { [first]: "first", b: "answer to: b", c: "answer to: c", d: "answer to: d" });
});

test("text of which a part streamed while no server ran is whole at its completion", async () => {
  await using world = await World.create();
  const { id, log } = await startSession(world);
  const text = "a word ".repeat(40);
  const message = scripted({ say: text, chunkChars: 7, delayMs: 50 });
  await world.send(id, message);
  await log.untilFrame((frame) => frame.frame === "item.delta" && frame.channel === "text");
  await world.crash();
  await log.untilTurns(1);
  await expectAnswered(world, id, log, { [message]: text });
});

test("text that streams on after a restart is shown as joined late, and can be interrupted", async () => {
  await using world = await World.create();
  const { id, log } = await startSession(world);
  const message = scripted({ say: "a word ".repeat(5_000), chunkChars: 7, delayMs: 50 });
  await world.send(id, message);
  await log.untilFrame((frame) => frame.frame === "item.delta" && frame.channel === "text");
  await world.crash();
  const late = await log.untilFrame((frame) => frame.frame === "item.snapshot" && frame.joinedLate === true);
  const seen = log.frames.indexOf(late);
  await log.untilFrame((frame) => frame.frame === "item.delta" && log.frames.indexOf(frame) > seen);
  await unwrap(world.client.POST("/sessions/{id}/interrupt", { params: { path: { id } }, body: {} }));
  expect(await log.until({ type: "turn.completed" })).toMatchObject({ status: "interrupted" });
  const stored = await world.log(id);
  expect(findLogProblems(stored), describeLog(stored)).toEqual([]);
  expect(completedItems(stored).at(-1)).toMatchObject({ kind: "agentMessage", status: "interrupted" });
});

test("a command that ran while no server did is one item with its whole output", async () => {
  await using world = await World.create();
  const { id, log, workspace } = await startSession(world);
  const wait = "echo before; until [ -e go ]; do sleep 0.05; done; echo after";
  const message = scripted({ run: wait }, { say: "ran" });
  await world.send(id, message);
  await log.until({ type: "item.started", where: ({ item }) => item.kind === "commandExecution" });
  await world.end("SIGKILL");
  writeFileSync(join(workspace, "go"), "");
  await world.start();
  await log.untilTurns(1);
  const envelopes = await expectAnswered(world, id, log, { [message]: "ran" });
  expect(commandsIn(envelopes)).toMatchObject([
    { status: "completed", exitCode: 0, aggregatedOutput: "before\nafter\n" },
  ]);
});

test("a command that still runs after the restart goes on, and is one item", async () => {
  await using world = await World.create();
  const { id, log, workspace } = await startSession(world);
  const message = scripted({ run: "until [ -e go ]; do sleep 0.05; done; echo done" }, { say: "ran" });
  await world.send(id, message);
  await log.until({ type: "item.started", where: ({ item }) => item.kind === "commandExecution" });
  await world.crash();
  await log.until({ type: "session.adopted" });
  writeFileSync(join(workspace, "go"), "");
  await log.untilTurns(1);
  const envelopes = await expectAnswered(world, id, log, { [message]: "ran" });
  expect(commandsIn(envelopes)).toMatchObject([{ status: "completed", aggregatedOutput: "done\n" }]);
});

test("a turn that ended while no server ran is in the log afterwards", async () => {
  await using world = await World.create();
  const { id, log, workspace } = await startSession(world);
  const message = scripted({ gate: "held" }, { run: "touch ran" }, { say: "done" });
  await world.send(id, message);
  await world.model.gate("held").waitUntilReached();
  await world.end("SIGKILL");
  world.model.gate("held").open();
  await pollUntil("the command", () => existsSync(join(workspace, "ran")));
  await world.start();
  await log.untilTurns(1);
  await expectAnswered(world, id, log, { [message]: "done" });
});

test("a session that was idle when the server died takes the next message", async () => {
  await using world = await World.create();
  const { id, log } = await startSession(world);
  await world.send(id, "one");
  const { seq } = await log.until({ type: "turn.completed" });
  await world.crash();
  await log.until({ type: "session.adopted" }, seq);
  await world.send(id, "two");
  await log.untilTurns(2);
  await expectAnswered(world, id, log, { one: "answer to: one", two: "answer to: two" });
});

test("an approval that waited over a kill keeps its id, and its answer works once", async () => {
  await using world = await World.create();
  const { id, log, workspace } = await startSession(world);
  const message = scripted({ run: "echo ran >> ran.txt", escalate: "may I?" }, { say: "decided" });
  await world.send(id, message);
  const { decision } = await log.until({ type: "decision.requested" });
  const before = await world.log(id);
  await world.crash();
  await log.until({ type: "session.adopted" });
  expect((await world.view(id)).decisions).toEqual([decision]);
  await world.decide(decision.id, "accept");
  await expect(world.decide(decision.id, "accept")).rejects.toMatchObject({ code: "decision-already-resolved" });
  await log.untilTurns(1);
  const after = await expectAnswered(world, id, log, { [message]: "decided" });
  expect(after.slice(0, before.length)).toEqual(before);
  expect([...decisionsIn(after).values()].map((states) => states.map(({ state }) => state))).toEqual([
    ["pending", "resolved"],
  ]);
  expect(readFileSync(join(workspace, "ran.txt"), "utf8")).toBe("ran\n");
});

test.each([1, 2, 3])("an answer that was taken just before a kill is carried out once (%d)", async () => {
  await using world = await World.create();
  const { id, log, workspace } = await startSession(world);
  const message = scripted({ run: "echo ran >> ran.txt", escalate: "may I?" }, { say: "decided" });
  await world.send(id, message);
  const { decision } = await log.until({ type: "decision.requested" });
  await world.decide(decision.id, "accept");
  await world.crash();
  await log.untilTurns(1);
  const after = await expectAnswered(world, id, log, { [message]: "decided" });
  expect(
    decisionsIn(after)
      .get(decision.id)
      ?.map(({ state }) => state),
  ).toEqual(["pending", "resolved"]);
  expect(readFileSync(join(workspace, "ran.txt"), "utf8")).toBe("ran\n");
});

test("an answer that was stored while the server died is carried out", async () => {
  await using world = await World.create();
  const { id, log, workspace } = await startSession(world);
  const message = scripted({ run: "echo ran >> ran.txt", escalate: "may I?" }, { say: "decided" });
  await world.send(id, message);
  const { decision } = await log.until({ type: "decision.requested" });
  const answering = world.decide(decision.id, "accept").catch(() => undefined);
  await log.until({ type: "decision.resolved" });
  await world.crash();
  await answering;
  await log.untilTurns(1);
  await expectAnswered(world, id, log, { [message]: "decided" });
  expect(readFileSync(join(workspace, "ran.txt"), "utf8")).toBe("ran\n");
});

test("an approval that another client answered while no server ran is withdrawn, though its turn goes on", async () => {
  await using world = await World.create();
  const { id, log, workspace } = await startSession(world);
  const ask = { run: "echo ran >> ran.txt", escalate: "may I?" };
  const message = scripted(ask, { gate: "after" }, { say: "decided" });
  await world.send(id, message);
  const { decision } = await log.until({ type: "decision.requested" });
  await world.end("SIGKILL");
  const thread = String(decision.request.threadId);
  using other = await ForeignClient.join(join(world.taskDirectory(id), "control", "1", "s"), thread);
  const { id: requestId } = await other.until("item/commandExecution/requestApproval");
  other.respond(requestId, { decision: "accept" });
  await world.model.gate("after").waitUntilReached();
  await world.start();
  await log.until({ type: "session.adopted" });
  expect((await world.view(id)).decisions).toEqual([]);
  world.model.gate("after").open();
  await log.untilTurns(1);
  const after = await expectAnswered(world, id, log, { [message]: "decided" });
  expect(
    decisionsIn(after)
      .get(decision.id)
      ?.map(({ state }) => state),
  ).toEqual(["pending", "withdrawn"]);
  expect(readFileSync(join(workspace, "ran.txt"), "utf8")).toBe("ran\n");
});

test.each([1, 2, 3])("a message that was sent just before a kill is answered once (%d)", async () => {
  await using world = await World.create();
  const { id, log } = await startSession(world);
  await world.send(id, "now");
  await world.crash();
  await log.untilTurns(1);
  await expectAnswered(world, id, log, { now: "answer to: now" });
});

test.each([1, 2, 3])("a message whose sender lost the server is answered once (%d)", async () => {
  await using world = await World.create();
  const { id, log } = await startSession(world);
  const { seq } = await log.until({ type: "session.live" });
  const sending = world.send(id, "now").catch(() => undefined);
  await log.until({ type: "queue.changed" }, seq);
  await world.crash();
  await sending;
  await log.untilTurns(1);
  await expectAnswered(world, id, log, { now: "answer to: now" });
});

test("a prompt is sent once although the server died while the session started", async () => {
  await using world = await World.create();
  await world.start();
  const { id } = await world.createSession({ prompt: "begin" });
  const log = world.follow(id);
  await world.crash();
  await log.untilTurns(1);
  await expectAnswered(world, id, log, { begin: "answer to: begin" });
});

async function startSession(world: World): Promise<{ id: string; log: LogFollower; workspace: string }> {
  await world.start();
  const { id } = await world.createSession();
  const log = world.follow(id);
  await log.until({ type: "session.live" });
  return { id, log, workspace: join(world.taskDirectory(id), "workspace") };
}

/** The log is sound, the stream was the log, and every message was answered once, in order. */
async function expectAnswered(
  world: World,
  id: string,
  log: LogFollower,
  answers: Readonly<Record<string, string>>,
): Promise<readonly Envelope[]> {
  const stored = await world.log(id);
  expect(findLogProblems(stored), describeLog(stored)).toEqual([]);
  expect(log.envelopes).toEqual(stored.slice(0, log.envelopes.length));
  expect(messagesIn(stored)).toEqual(Object.keys(answers));
  expect(answersIn(stored)).toEqual(Object.values(answers));
  expect((await world.view(id)).queue).toEqual([]);
  return stored;
}
