import { mkdtemp, readdir, readlink, rm } from "node:fs/promises";
import { OptioError } from "@optio/contract";
import { expect, test } from "vitest";
import { createEngine } from "./create-engine.ts";
import { openEngineRoom } from "./engine.test-support.ts";
import { createLocalHost } from "./host/local/local-host.ts";
import { defineTask } from "./process/task.ts";
import { facts } from "./session/fake-agent.test-support.ts";

const json = { given: "json", canAnswer: true } as const;

test("an engine tells its agents with what their programs say", async () => {
  await using room = await openEngineRoom();
  expect(await room.engine.agents()).toEqual([
    {
      id: "fake",
      label: "Fake agent",
      url: "https://example.org",
      loginKinds: ["apiKey"],
      version: "1.0.0",
      available: true,
      problem: null,
    },
  ]);
});

test("a session needs an agent that the engine has", async () => {
  await using room = await openEngineRoom();
  await expect(room.engine.sessions.create("other", {}, json)).rejects.toMatchObject({
    code: "invalid",
    message: "agent: no agent 'other'; known: fake",
  });
  await using none = await openEngineRoom({ agents: [] });
  await expect(none.engine.launchSession({})).rejects.toMatchObject({ message: "agent: name one of none" });
});

test("closing ends every session, and a later engine finds it ended", async () => {
  await using room = await openEngineRoom();
  await room.create("s");
  const engine = await room.reopen();
  expect(await engine.processes.get("s")).toMatchObject({ state: "cancelled", session: { live: false } });
  expect(await createLocalHost().processes.killMarked(room.home)).toBe(0);
});

test("closing with detach leaves sessions running, and a later engine adopts them", async () => {
  await using room = await openEngineRoom();
  await room.create("s");
  const engine = await room.reopen({ detach: true });
  await room.until("s", ({ session }) => session?.live === true);
  const connection = await room.agent.connection(2);
  connection.tell(facts.turnStarted("u"));
  await room.until("s", ({ session }) => session?.phase === "busy");
  expect(room.agent.callsOf("prepare")).toHaveLength(1);
  expect(await engine.sessions.get("s")).toMatchObject({ run: 1, thread: { id: "thread-1" } });
});

test("a closed engine takes no launches, and closing again changes nothing", async () => {
  const task = defineTask({ id: "t", name: "T", execute: async () => undefined });
  await using room = await openEngineRoom({ tasks: [task] });
  const { engine } = room;
  await engine.close();
  await expect(engine.processes.launch("t", { resume: false })).rejects.toMatchObject({ code: "shutting-down" });
  await expect(engine.sessions.create("fake", {}, json)).rejects.toMatchObject({ code: "shutting-down" });
  await engine.close();
  await room.reopen();
});

test("an engine that cannot read its secret key does not start and says so", async () => {
  await using room = await openEngineRoom();
  await room.engine.close();
  await createLocalHost().files.writeFile(`${room.home}/secret.key`, "short");
  const failure = await createEngine({ agents: [], home: room.home }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(OptioError);
  expect(failure).toMatchObject({ code: "secret-key-refused" });
});

test("an engine whose task wants an agent that it does not have does not start, and leaves no database open", async () => {
  const home = await mkdtemp("/var/tmp/optio-engine-");
  try {
    const session = { agent: "other", model: null, scripted: false };
    const task = { id: "t", name: "T", session, execute: async () => undefined };
    const refused = createEngine({ agents: [], tasks: [task], home });
    await expect(refused).rejects.toMatchObject({
      code: "config-refused",
      message: expect.stringContaining("'other'"),
    });
    const names = await readdir("/proc/self/fd");
    const open = await Promise.all(names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")));
    expect(open.filter((path) => path.startsWith(home))).toEqual([]);
  } finally {
    await rm(home, { recursive: true });
  }
});

test("one session whose configuration cannot be read keeps no other from being adopted", async () => {
  await using room = await openEngineRoom();
  await room.create("bad");
  await room.create("good");
  const { restoreConfig } = room.agent.kind;
  Object.assign(room.agent.kind, {
    restoreConfig(stored: unknown) {
      if ((stored as { id: string }).id === "bad") throw new OptioError("invalid", "a key that is gone");
      return restoreConfig(stored);
    },
  });
  await room.reopen({ detach: true });
  expect(await room.until("bad", ({ state }) => state === "failed")).toMatchObject({ error: { code: "invalid" } });
  await room.until("good", ({ session }) => session?.live === true);
});
