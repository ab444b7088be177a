import { OptioError } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { anItem, facts } from "./fake-agent.test-support.ts";
import { RESUME_NOTICE } from "./notices.ts";
import { MARKER_FILE } from "./resources/workspace.ts";
import type { RunRoom } from "./run-session.test-support.ts";
import { openRunRoom } from "./run-session.test-support.ts";

/** Programs that still name the room's directory; kills them. */
const leftovers = (room: RunRoom) => room.host.processes.killMarked(room.directory);
const taskDir = (room: RunRoom, run = 1) => `${room.tasksRoot}/p/run-${run}`;
const isThere = async (room: RunRoom, path: string) => (await room.host.files.stat(path)) !== undefined;

describe("a session", () => {
  test("is made in the order of its resources and let go of in reverse when it is closed", async () => {
    await using room = await openRunRoom({ config: { instructions: "Be kind." } });
    const engine = await room.engine();
    await room.launch(engine);
    expect(room.agent.calls.map(({ method }) => method)).toEqual([
      "prepare",
      "writeInstructions",
      "loginState",
      "startThread",
    ]);
    const { work } = await engine.session();
    expect(work.manifest).toMatchObject({ life: 1, threadId: "thread-1", program: work.program });
    expect(await room.store.manifests.find("p")).toEqual({ run: 1, manifest: work.manifest });
    expect(await room.host.files.readText(`${taskDir(room)}/${MARKER_FILE}`)).toBe("p\n");
    const { program } = work;
    if (!program) throw new Error("no program");
    expect(await room.host.processes.isAlive(program.program)).toBe(true);
    (await engine.session()).close();
    expect(await room.ended()).toMatchObject({ state: "done", session: { phase: "ended" }, owner: null });
    expect(await room.events("session.ended")).toEqual([{ type: "session.ended", outcome: "done" }]);
    const released = (await room.events("process.logged")).map(({ message }) => /^release of (\w+)/.exec(message)?.[1]);
    expect(released).toEqual(["connection", "agentServer"]);
    expect(await leftovers(room)).toBe(0);
    expect(await isThere(room, `${taskDir(room)}/workspace`)).toBe(true);
  });

  test("that is cancelled interrupts its turn, closes what is open and ends cancelled", async () => {
    await using room = await openRunRoom();
    const engine = await room.engine();
    const connection = await room.launch(engine);
    connection.tell(facts.turnStarted("u"), facts.started("u", anItem("i")), facts.delta("u", "i", "half"));
    connection.tell(facts.asked("r1", "u"));
    await room.untilEvents("decision.requested");
    await engine.processes.cancel("p");
    expect(await room.ended()).toMatchObject({ state: "cancelled", error: null });
    expect(room.agent.callsOf("interrupt")).toEqual([{ threadId: "thread-1", turnId: "u" }]);
    expect(await room.events("item.completed")).toMatchObject([{ item: { status: "interrupted", text: "half" } }]);
    expect(await room.events("turn.completed")).toMatchObject([{ status: "interrupted" }]);
    expect(await room.events("decision.resolved")).toMatchObject([{ decision: { state: "withdrawn" } }]);
    expect(await room.events("session.ended")).toEqual([{ type: "session.ended", outcome: "cancelled" }]);
    expect(await leftovers(room)).toBe(0);
  });

  test("whose owner lost it lets go without a word, and its program lives on", async () => {
    await using room = await openRunRoom();
    const engine = await room.engine();
    const connection = await room.launch(engine);
    const record = await room.store.processes.find("p");
    if (!record?.owner) throw new Error("no owner");
    await room.store.processes.takeOver("p", record, { ...record.owner, machineId: "elsewhere" });
    connection.tell(facts.turnStarted("u"));
    await connection.closed;
    await engine.processes.shutdown({ detach: true });
    expect(await room.store.processes.find("p")).toMatchObject({ state: "running", owner: { machineId: "elsewhere" } });
    expect(await room.events("session.ended")).toEqual([]);
    expect(await leftovers(room)).toBeGreaterThan(0);
  });
});

describe("a session that cannot start", () => {
  test("tells what its program said before it ended", async () => {
    await using room = await openRunRoom();
    room.agent.program = "exit";
    const engine = await room.engine();
    await engine.processes.launch("p", { resume: false });
    expect(await room.ended()).toMatchObject({
      state: "failed",
      error: { code: "agent-start-failed", message: "the fake agent ended with 3: cannot read my files" },
    });
    expect(await room.events("session.live")).toEqual([]);
  });

  test("because its program stays silent fails in time and leaves nothing running", async () => {
    await using room = await openRunRoom({ timings: { startTimeoutMs: 300 } });
    room.agent.program = "silence";
    const engine = await room.engine();
    await engine.processes.launch("p", { resume: false });
    expect(await room.ended()).toMatchObject({ state: "failed", error: { code: "agent-start-failed" } });
    expect(await leftovers(room)).toBe(0);
  });

  test("is cancelled while its program stays silent", async () => {
    await using room = await openRunRoom();
    room.agent.program = "silence";
    const engine = await room.engine();
    await engine.processes.launch("p", { resume: false });
    await room.host.files.waitForPath(`${taskDir(room)}/control/1/pid`, { timeoutMs: 10_000 });
    await engine.processes.cancel("p");
    expect(await room.ended()).toMatchObject({ state: "cancelled", error: null });
    expect(await leftovers(room)).toBe(0);
  });

  test.each([true, false])("keeps its directory on failure when told so: %s", async (keep) => {
    await using room = await openRunRoom({ config: { keepWorkspaceOnFailure: keep } });
    room.agent.prepareError = new OptioError("agent-version-refused", "0.1 is too old");
    const engine = await room.engine();
    await engine.processes.launch("p", { resume: false });
    expect(await room.ended()).toMatchObject({ state: "failed", error: { code: "agent-version-refused" } });
    expect(await isThere(room, taskDir(room))).toBe(keep);
  });
});

describe("the user's own directory", () => {
  test("is the workspace and is never removed", async () => {
    await using room = await openRunRoom();
    const mine = `${room.directory}/mine`;
    await room.host.files.makeDirectory(mine);
    await room.host.files.writeFile(`${mine}/work.txt`, "precious");
    await using other = await openRunRoom({ config: { source: { directory: mine }, keepWorkspaceOnFailure: false } });
    other.agent.prepareError = new OptioError("agent-version-refused", "0.1 is too old");
    await (await other.engine()).processes.launch("p", { resume: false });
    await other.ended();
    expect(await room.host.files.readText(`${mine}/work.txt`)).toBe("precious");
    expect(await isThere(room, `${mine}/${MARKER_FILE}`)).toBe(false);
  });

  test.each([
    ["that is missing", (room: RunRoom) => `${room.directory}/nowhere`, "is not a directory"],
    ["that holds the server's own tasks", (room: RunRoom) => room.directory, "overlaps"],
    ["that lies in them", (room: RunRoom) => `${room.tasksRoot}/other`, "overlaps"],
  ])("%s is refused", async (_, directoryOf, words) => {
    const source = { directory: "" };
    await using room = await openRunRoom({ config: { source } });
    source.directory = directoryOf(room);
    await room.host.files.makeDirectory(`${room.tasksRoot}/other`);
    await (await room.engine()).processes.launch("p", { resume: false });
    expect(await room.ended()).toMatchObject({
      state: "failed",
      error: { code: "directory-refused", message: expect.stringContaining(words) },
    });
  });
});

describe("a session that resumes", () => {
  async function ranOnce(room: RunRoom) {
    const engine = await room.engine();
    const connection = await room.launch(engine);
    connection.tell(facts.turnStarted("u"), facts.turnCompleted("u"));
    await room.untilEvents("turn.completed");
    (await engine.session()).close();
    await room.ended();
    return engine;
  }

  test("goes on in the same directories and thread, as a new life, and the agent is told", async () => {
    await using room = await openRunRoom({ config: { prompt: "Do it." } });
    const engine = await ranOnce(room);
    await room.launch(engine, { resume: true, nth: 2 });
    const requests = await room.agent.untilCalled("startTurn", 2);
    expect(requests.at(-1)).toMatchObject({ threadId: "thread-1", text: RESUME_NOTICE });
    const { work } = await engine.session();
    expect(work.manifest).toMatchObject({ dirs: { taskDir: taskDir(room) }, life: 2, threadId: "thread-1" });
    expect(await room.events("session.resumed")).toEqual([{ type: "session.resumed", from: "workspace", restarts: 0 }]);
    expect(await isThere(room, taskDir(room, 2))).toBe(false);
  });

  test("ends first whatever of the earlier run still lives: never two programs on one thread", async () => {
    await using room = await openRunRoom();
    const engine = await ranOnce(room);
    const controlDir = `${taskDir(room)}/control/left`;
    await room.host.files.makeDirectory(controlDir);
    const left = await room.host.processes.spawnDetached({
      controlDir,
      command: "/bin/sleep",
      args: ["300"],
      env: { HOME: `${taskDir(room)}/home` },
      cwd: "/",
      orphanAfterMs: 60_000,
    });
    let aliveAtStart: boolean | undefined;
    const { createDriver } = room.agent.kind;
    Object.assign(room.agent.kind, {
      createDriver(options: Parameters<typeof createDriver>[0]) {
        const driver = createDriver(options);
        return {
          ...driver,
          async serverCommand(signal: AbortSignal) {
            aliveAtStart = await room.host.processes.isAlive(left.program);
            return driver.serverCommand(signal);
          },
        };
      },
    });
    await room.launch(engine, { resume: true, nth: 2 });
    expect(aliveAtStart).toBe(false);
  });

  test("fails when the directories are gone, and never starts fresh in silence", async () => {
    await using room = await openRunRoom({ config: { keepWorkspaceOnFailure: false } });
    const engine = await ranOnce(room);
    await room.host.files.remove(`${taskDir(room)}/workspace`);
    await engine.processes.launch("p", { resume: true });
    expect(await room.until((state) => state === "failed")).toMatchObject({
      error: {
        code: "directory-refused",
        message: expect.stringContaining("run-1/workspace' of the run to resume is gone"),
      },
    });
    expect(room.agent.callsOf("startThread")).toHaveLength(1);
  });

  test("and fails before it is live leaves what it was to resume as it was", async () => {
    await using room = await openRunRoom({ config: { keepWorkspaceOnFailure: false } });
    const engine = await ranOnce(room);
    room.agent.prepareError = new OptioError("agent-version-refused", "0.1 is too old");
    await engine.processes.launch("p", { resume: true });
    await room.until((state) => state === "failed");
    expect(await isThere(room, `${taskDir(room)}/home`)).toBe(true);
    room.agent.prepareError = undefined;
    await room.launch(engine, { resume: true, nth: 2 });
    expect((await engine.session()).work.manifest.threadId).toBe("thread-1");
  });
});
