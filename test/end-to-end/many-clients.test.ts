import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Decision, Envelope, Item } from "@optio/contract";
import { createApiClient, envelopeSchema, unwrap, userMessageItemSchema } from "@optio/contract";
import { expect, test } from "vitest";
import { RunningCli, runCli } from "../support/cli-process.ts";
import { describeLog } from "../support/describe-log.ts";
import { ForeignClient } from "../support/foreign-client.ts";
import type { LogFollower } from "../support/log-follower.ts";
import { findLogProblems } from "../support/log-problems.ts";
import { completedItems, messagesIn } from "../support/read-log.ts";
import { scripted, World } from "../support/world.ts";

const APPROVAL = "item/commandExecution/requestApproval";
const ASK = scripted({ run: "echo ran >> ran.txt", escalate: "may I?" }, { say: "decided" });

test("two viewers, a command line and a foreign codex client see the same session", async () => {
  await using world = await World.create();
  using room = await gather(world);
  await using attached = new RunningCli(room.cli, ["--json", "attach", room.id, "--tail", "5000"]);
  await attached.lines.until("the history", (line) => line.includes('"turn.completed"'));
  attached.type("from the command line");
  await room.log.untilTurns(2);
  await room.foreign.request("turn/start", turnOf(room.threadId, "from the foreign client"));
  await room.log.untilTurns(3);
  const stored = await expectSame(world, room);
  expect(messagesIn(stored)).toEqual(["hello", "from the command line", "from the foreign client"]);
  const last = stored.at(-1)?.seq;
  await attached.lines.until(`event ${last}`, (line) => line.startsWith(`{"seq":${last},`));
  const printed = attached.lines.all.filter((line) => line.startsWith('{"seq":'));
  expect(printed.map((line) => envelopeSchema.parse(JSON.parse(line)))).toEqual(stored);
});

test("an approval that is answered over HTTP is resolved for every client", async () => {
  await using world = await World.create();
  using room = await gather(world);
  const decision = await askFor(world, room);
  const asked = await room.foreign.until(APPROVAL);
  await world.decide(decision.id, "accept");
  expect((await room.foreign.until("serverRequest/resolved")).params).toMatchObject({ requestId: asked.id });
  await expectSettled(room, decision, { state: "resolved", resolution: { decision: "accept" } });
  await expectRanOnce(world, room);
});

test("an approval that a foreign client answers is withdrawn for every other, and a later answer is refused", async () => {
  await using world = await World.create();
  using room = await gather(world);
  const decision = await askFor(world, room);
  const asked = await room.foreign.until(APPROVAL);
  room.foreign.respond(asked.id, { decision: "accept" });
  await expectSettled(room, decision, { state: "withdrawn", resolvedBy: "answered elsewhere" });
  await expect(world.decide(decision.id, "decline")).rejects.toMatchObject({
    code: "decision-already-resolved",
    status: 409,
  });
  await expectRanOnce(world, room);
});

test("an approval that the command line answers is resolved for every client", async () => {
  await using world = await World.create();
  using room = await gather(world);
  await using attached = new RunningCli(room.cli, ["attach", room.id]);
  const decision = await askFor(world, room);
  const asked = await room.foreign.until(APPROVAL);
  await attached.lines.until("the question", (line) => line.includes(`optio decide ${decision.id}`));
  expect(await runCli(room.cli, ["decide", room.id, "y"])).toMatchObject({ code: 0 });
  await attached.lines.until("the answer", (line) => line.includes("accept by"));
  expect((await room.foreign.until("serverRequest/resolved")).params).toMatchObject({ requestId: asked.id });
  await expectSettled(room, decision, { state: "resolved", resolution: { decision: "accept" } });
  expect(await runCli(room.cli, ["decide", decision.id, "n"])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("decision-already-resolved"),
  });
  await expectRanOnce(world, room);
});

test("a message that meets a turn of a foreign client is recorded once", async () => {
  await using world = await World.create();
  using room = await gather(world);
  const expected = ["hello"];
  for (const round of ["a", "b", "c", "d", "e", "f"]) {
    const held = scripted({ gate: round }, { say: `held ${round}` });
    const started = room.foreign.request("turn/start", turnOf(room.threadId, held));
    const sent = world.send(room.id, `ours ${round}`);
    await Promise.all([started, sent]);
    world.model.gate(round).open();
    await untilAnswered(room.log, held);
    await untilAnswered(room.log, `ours ${round}`);
    expected.push(held, `ours ${round}`);
  }
  const stored = await expectSame(world, room);
  expect(messagesIn(stored).toSorted(), describeLog(stored)).toEqual(expected.toSorted());
  expect((await world.view(room.id)).queue).toEqual([]);
});

test("a viewer's token watches a decision and cannot answer it", async () => {
  await using world = await World.create();
  using room = await gather(world);
  const decision = await askFor(world, room);
  const viewer = createApiClient({ baseUrl: world.url, token: room.viewerToken });
  const path = { id: decision.id };
  expect(await unwrap(viewer.GET("/decisions/{id}", { params: { path } }))).toEqual(decision);
  await expect(
    unwrap(viewer.POST("/decisions/{id}", { params: { path }, body: { decision: "accept" } })),
  ).rejects.toMatchObject({ code: "forbidden", status: 403 });
  expect((await world.view(room.id)).decisions).toEqual([decision]);
  await world.decide(decision.id, "decline");
  await expectSettled(room, decision, { state: "resolved", resolution: { decision: "decline" } });
});

/** A session with one turn behind it and everybody around it. */
async function gather(world: World) {
  await world.start();
  const { id } = await world.createSession({ approvals: "on-request", prompt: "hello" });
  const viewerToken = await world.createToken("viewer");
  const log = world.follow(id);
  const viewer = world.follow(id, viewerToken);
  const { thread } = await log.until({ type: "session.live" });
  await log.untilTurns(1);
  const control = join(world.taskDirectory(id), "control", "1");
  const foreign = await ForeignClient.join(join(control, "s"), thread.id);
  const cli = { url: world.url, token: world.token, home: world.home };
  const dispose = () => foreign[Symbol.dispose]();
  return { id, threadId: thread.id, log, viewer, viewerToken, foreign, cli, [Symbol.dispose]: dispose };
}

type Room = Awaited<ReturnType<typeof gather>>;

async function askFor(world: World, room: Room): Promise<Decision> {
  await world.send(room.id, ASK);
  const { decision } = await room.log.until({ type: "decision.requested" });
  expect(await room.viewer.until({ type: "decision.requested" })).toMatchObject({ decision });
  expect(decision.state).toBe("pending");
  return decision;
}

async function expectSettled(room: Room, { id }: Decision, settled: object): Promise<void> {
  for (const follower of [room.log, room.viewer]) {
    const { decision } = await follower.until({ type: "decision.resolved" });
    expect(decision).toMatchObject({ id, ...settled });
  }
}

async function expectRanOnce(world: World, room: Room): Promise<void> {
  await room.log.untilTurns(2);
  await expectSame(world, room);
  expect(readFileSync(join(world.taskDirectory(room.id), "workspace", "ran.txt"), "utf8")).toBe("ran\n");
}

/** Both streams are the log, the log is sound, and the foreign client saw the same items since it came, after the first turn. */
async function expectSame(world: World, { id, threadId, log, viewer, foreign }: Room): Promise<Envelope[]> {
  const stored = await world.log(id);
  expect(findLogProblems(stored), describeLog(stored)).toEqual([]);
  for (const follower of [log, viewer]) {
    await follower.untilSeq(stored.length);
    expect(follower.envelopes).toEqual(stored);
  }
  const turnEnds = stored.flatMap(({ seq, event }) => (event.type === "turn.completed" ? [{ seq, event }] : []));
  const lastTurn = turnEnds.at(-1)?.event.turnId;
  await foreign.until("turn/completed", ({ turn }) => isObject(turn) && turn.id === lastTurn);
  const since = stored.filter(({ seq }) => seq > (turnEnds[0]?.seq ?? 0));
  // codex says nothing of the end of a message that it began anew for a steer; the log ends it as interrupted
  const told = completedItems(since).filter(({ status }) => status !== "interrupted");
  expect(foreign.completedItems(threadId)).toEqual(told.map(({ id, kind }) => ({ id, kind })));
  return stored;
}

/** Resolves at the end of the turn that has the message. */
async function untilAnswered(log: LogFollower, text: string): Promise<void> {
  const { turnId } = await log.until({
    type: "item.completed",
    where: ({ item }) => item.kind === "userMessage" && textOf(item) === text,
  });
  await log.until({ type: "turn.completed", where: (event) => event.turnId === turnId });
}

function textOf(item: Item): string {
  return userMessageItemSchema
    .parse(item)
    .content.map((part) => part.text ?? "")
    .join("");
}

function turnOf(threadId: string, text: string): object {
  return { threadId, input: [{ type: "text", text, text_elements: [] }] };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
