import { expect, test, vi } from "vitest";
import { openEngineRoom } from "./engine.test-support.ts";
import { defineTask } from "./process/task.ts";
import { answered, facts } from "./session/fake-agent.test-support.ts";

const code = (work: Promise<unknown>) =>
  work.then(
    () => "fine",
    (error) => error.code,
  );
const json = { given: "json", canAnswer: true } as const;

test("a session is created, launched and shown", async () => {
  await using room = await openEngineRoom();
  const view = await room.engine.sessions.create("fake", { id: "s", name: "N" }, json);
  expect(view).toMatchObject({ id: "s", name: "N", run: 1, agent: "fake", queue: [], decisions: [] });
  await room.until("s", ({ session }) => session?.live === true);
  expect(await room.engine.sessions.get("s")).toMatchObject({ live: true, phase: "idle", thread: { id: "thread-1" } });
});

test("an id that is taken is refused, and the session that has it keeps its login", async () => {
  await using room = await openEngineRoom();
  room.agent.loginRequired = true;
  await room.create("s", { apiKey: "the right one" });
  expect(await code(room.engine.sessions.create("fake", { id: "s", apiKey: "another" }, json))).toBe("id-taken");
  await room.engine.sessions.close("s");
  await room.engine.processes.waitForEnd("s");
  room.agent.loginRequired = true;
  await room.engine.processes.launch("s", { resume: false });
  const logins = await room.agent.untilCalled("login", 2);
  expect(logins).toEqual([
    { type: "apiKey", apiKey: "the right one" },
    { type: "apiKey", apiKey: "the right one" },
  ]);
});

test("every verb on what is no session, or does not exist, says not-found", async () => {
  const task = defineTask({ id: "task", name: "T", execute: async () => undefined });
  await using room = await openEngineRoom({ tasks: [task] });
  const { sessions } = room.engine;
  const never = AbortSignal.timeout(60_000);
  for (const id of ["none", "task"]) {
    expect(await code(sessions.get(id)), id).toBe("not-found");
    expect(await code(sessions.send(id, { text: "x" })), id).toBe("not-found");
    expect(await code(sessions.editMessage(id, "m", "x")), id).toBe("not-found");
    expect(await code(sessions.dropMessage(id, "m")), id).toBe("not-found");
    expect(await code(sessions.interrupt(id)), id).toBe("not-found");
    expect(await code(sessions.close(id)), id).toBe("not-found");
    expect(await code(sessions.login(id, { type: "apiKey", apiKey: "k" })), id).toBe("not-found");
  }
  expect(await code(sessions.events("none", { limit: 1 }))).toBe("not-found");
  const stream = sessions.attach("none", { after: 0, signal: never })[Symbol.asyncIterator]();
  expect(await code(stream.next())).toBe("not-found");
});

test("every verb on an ended session says so", async () => {
  await using room = await openEngineRoom();
  await room.create("s");
  const { sessions } = room.engine;
  await sessions.close("s");
  expect(await room.engine.processes.waitForEnd("s")).toMatchObject({ state: "done", session: { live: false } });
  expect(await code(sessions.send("s", { text: "x" }))).toBe("session-ended");
  expect(await code(sessions.interrupt("s"))).toBe("session-ended");
  expect(await code(sessions.close("s"))).toBe("session-ended");
  expect(await code(sessions.login("s", { type: "apiKey", apiKey: "k" }))).toBe("session-ended");
  expect(await sessions.get("s")).toMatchObject({ phase: "ended", outcome: "done", live: false });
});

test("a session of another server is refused by name", async () => {
  await using room = await openEngineRoom();
  await room.create("s");
  const record = await room.engine.store.processes.find("s");
  if (!record?.owner) throw new Error("no owner");
  const other = { ...record.owner, pid: process.ppid, machineId: "elsewhere", leaseUntil: Date.now() + 60_000 };
  await room.engine.store.processes.takeOver("s", record, other);
  const connection = await room.agent.connection();
  connection.tell(facts.turnStarted("u"));
  await connection.closed;
  // the loser of a run writes nothing, so no commit tells that it let go
  await vi.waitFor(async () => expect((await room.engine.sessions.get("s")).live).toBe(false), { timeout: 10_000 });
  await expect(room.engine.sessions.interrupt("s")).rejects.toMatchObject({
    code: "not-owner",
    message: `session 's' is run by another server (pid ${process.ppid})`,
  });
});

test("logins that have not landed, or that nobody waits for, are refused", async () => {
  await using room = await openEngineRoom();
  await room.create("s");
  const { sessions } = room.engine;
  for (const type of ["deviceCode", "browser"] as const) {
    await expect(sessions.login("s", { type })).rejects.toMatchObject({ code: "not-available", data: { key: "type" } });
  }
  expect(await code(sessions.login("s", { type: "apiKey", apiKey: "k" }))).toBe("login-not-possible");
});

test("a session without a login takes one, and its queue goes on", async () => {
  await using room = await openEngineRoom();
  room.agent.loginRequired = true;
  await room.engine.sessions.create("fake", { id: "s", prompt: "Do it." }, json);
  await room.until("s", ({ session }) => session?.phase === "login");
  expect(await room.engine.sessions.login("s", { type: "apiKey", apiKey: "k" })).toEqual({ loginId: "apiKey" });
  expect(await room.agent.untilCalled("startTurn")).toMatchObject([{ text: "Do it." }]);
});

test("events come in pages from either end", async () => {
  await using room = await openEngineRoom();
  await room.create("s");
  const { sessions } = room.engine;
  const all = await sessions.events("s", { limit: 5_000 });
  expect(all.next).toBeNull();
  const seqs = all.items.map(({ seq }) => seq);
  expect(seqs).toEqual(seqs.map((_, index) => index + 1));
  const first = await sessions.events("s", { limit: 2 });
  expect(first).toMatchObject({ items: [{ seq: 1 }, { seq: 2 }], next: 2 });
  expect((await sessions.events("s", { after: 2, limit: 1 })).items).toMatchObject([{ seq: 3 }]);
  const newest = await sessions.events("s", { before: seqs.length + 1, limit: 2 });
  expect(newest.items.map(({ seq }) => seq)).toEqual(seqs.slice(-2));
  expect(newest.next).toBe(seqs.length - 1);
  expect(await sessions.events("s", { before: 2, limit: 5 })).toMatchObject({ items: [{ seq: 1 }], next: null });
});

test("a program's session answers what it is asked and takes its decisions", async () => {
  await using room = await openEngineRoom();
  const session = await room.engine.launchSession({ id: "s", onDecision: () => ({ decision: "decline" as const }) });
  const answer = session.ask("why?");
  const connection = await room.agent.connection();
  const [request] = await room.agent.untilCalled("startTurn");
  const { messageId } = request as { messageId: string };
  const [start, ...rest] = answered("u", messageId, "Because.");
  if (start) connection.tell(start, facts.asked("r1", "u"));
  expect(await room.agent.untilCalled("answer")).toEqual([{ agentKey: "r1", resolution: { decision: "decline" } }]);
  connection.tell(...rest);
  expect(await answer).toBe("Because.");
  await session.close();
  expect(await room.engine.processes.get("s")).toMatchObject({ state: "done" });
});
