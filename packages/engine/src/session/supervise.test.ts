import { OptioError } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { anItem, facts } from "./fake-agent.test-support.ts";
import type { RunEngine, RunRoom } from "./run-session.test-support.ts";
import { openRunRoom } from "./run-session.test-support.ts";

/** Kills the program of the session as the kernel would. */
async function killProgram(room: RunRoom, engine: RunEngine): Promise<void> {
  const { program } = (await engine.session()).work;
  if (!program) throw new Error("no program");
  process.kill(program.program.pid, "SIGKILL");
  await room.host.processes.waitForExit("/nowhere", program, new AbortController().signal);
}
const pidOf = async (engine: RunEngine) => (await engine.session()).work.program?.program.pid;

describe("a lost connection", () => {
  test("to a program that lives is made again, with the same program and thread", async () => {
    await using room = await openRunRoom();
    const engine = await room.engine();
    const first = await room.launch(engine);
    const pid = await pidOf(engine);
    first.drop("cut");
    const second = await room.agent.connection(2);
    await room.agent.untilCalled("resumeThread");
    second.tell(facts.turnStarted("u"));
    await room.untilEvents("turn.started");
    expect(await pidOf(engine)).toBe(pid);
    expect(await room.events("session.resumed", "session.adopted", "warning")).toEqual([]);
  });

  test("to a program that died starts it again on the same thread, and says what was lost", async () => {
    await using room = await openRunRoom();
    const engine = await room.engine();
    const first = await room.launch(engine);
    first.tell(facts.turnStarted("u"), facts.started("u", anItem("i")), facts.delta("u", "i", "half a sen"));
    await room.untilEvents("item.started");
    const pid = await pidOf(engine);
    await killProgram(room, engine);
    const [resumed] = await room.untilEvents("session.resumed");
    expect(resumed).toMatchObject({ restarts: 1, lost: "the end of the message that was being written" });
    expect(await room.events("warning")).toEqual([
      { type: "warning", code: "agent-exited", message: expect.stringContaining("Fake agent was killed") },
    ]);
    expect(await room.events("item.completed")).toMatchObject([
      { item: { status: "interrupted", text: "half a sen" } },
    ]);
    const { work } = await engine.session();
    expect(work.program?.program.pid).not.toBe(pid);
    expect(work.manifest).toMatchObject({ life: 2, threadId: "thread-1", restarts: 1 });
    expect((await room.store.processes.find("p"))?.session?.phase).toBe("idle");
  });

  test("fails the session when it is told not to recover, with the cause in plain words", async () => {
    await using room = await openRunRoom({ config: { recover: "fail" } });
    const engine = await room.engine();
    await room.launch(engine);
    await killProgram(room, engine);
    expect(await room.ended()).toMatchObject({
      state: "failed",
      error: { code: "agent-exited", message: expect.stringContaining("Fake agent was killed") },
    });
    expect(room.agent.connections).toHaveLength(1);
  });

  test("fails it when the program cannot be started again as often as there is budget, with the last cause", async () => {
    await using room = await openRunRoom();
    const engine = await room.engine();
    await room.launch(engine);
    room.agent.prepareError = new OptioError("agent-binary-missing", "no program at /opt/fake");
    await killProgram(room, engine);
    expect(await room.ended()).toMatchObject({
      state: "failed",
      error: {
        code: "recover-budget-spent",
        message: "restarted 2 times in a row; last cause: no program at /opt/fake",
      },
    });
    expect(room.agent.callsOf("prepare")).toHaveLength(3);
    expect(await room.host.processes.killMarked(room.directory)).toBe(0);
  });

  test("is not made again for a session that is closed meanwhile", async () => {
    await using room = await openRunRoom({ timings: { restartDelaysMs: [60_000] } });
    const engine = await room.engine();
    await room.launch(engine);
    await killProgram(room, engine);
    await room.untilEvents("warning");
    (await engine.session()).close();
    expect(await room.ended()).toMatchObject({ state: "done" });
    expect(room.agent.connections).toHaveLength(1);
  });
});

describe("a program that does not answer", () => {
  test("is taken for dead and started again", async () => {
    await using room = await openRunRoom({ timings: { pingEveryMs: 20, pingTimeoutMs: 20, adoptTimeoutMs: 200 } });
    const engine = await room.engine();
    const first = await room.launch(engine);
    const pid = await pidOf(engine);
    if (pid === undefined) throw new Error("no program");
    first.ping = () => Promise.reject(new OptioError("agent-unresponsive", "no answer"));
    const { connect } = (await engine.session()).work.driver;
    let hangs = true;
    Object.assign((await engine.session()).work.driver, {
      connect: (...args: Parameters<typeof connect>) => (hangs ? new Promise(() => undefined) : connect(...args)),
    });
    const [resumed] = await room.untilEvents("session.resumed");
    hangs = false;
    expect(resumed).toMatchObject({ restarts: 1 });
    expect(await room.events("warning")).toMatchObject([{ message: "Fake agent did not answer" }]);
    expect(await room.host.processes.identify(pid)).toBeUndefined();
  });
});

describe("a session of an earlier server", () => {
  test("is adopted with its program, and decisions that wait keep their id", async () => {
    await using room = await openRunRoom();
    const before = await room.engine();
    const first = await room.launch(before);
    first.tell(facts.turnStarted("u"), facts.asked("r1", "u"));
    const [requested] = await room.untilEvents("decision.requested");
    const pid = await pidOf(before);
    await before.processes.shutdown({ detach: true });
    expect(await room.store.processes.find("p")).toMatchObject({ state: "running", owner: null });
    const after = await room.engine();
    await after.processes.adoptOrphans();
    const second = await room.agent.connection(2);
    await room.untilEvents("session.adopted");
    second.tell(facts.asked("r1", "u"));
    const live = await after.session();
    await live.answer(requested?.decision.id ?? "", { decision: "accept" }, "ann");
    // said again when the agent's own question is read after the answer: nobody knows whether it heard the first
    const answers = await room.agent.untilCalled("answer");
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify({ agentKey: "r1", resolution: { decision: "accept" } })]),
    );
    expect(await pidOf(after)).toBe(pid);
    expect(await room.events("decision.requested", "session.resumed")).toHaveLength(1);
  });

  test("whose program died meanwhile goes on as a restart", async () => {
    await using room = await openRunRoom();
    const before = await room.engine();
    await room.launch(before);
    const program = (await before.session()).work.program;
    await before.processes.shutdown({ detach: true });
    if (!program) throw new Error("no program");
    process.kill(program.program.pid, "SIGKILL");
    // the signal is on its way when the call returns: one that still lives would be connected to
    const { signal } = new AbortController();
    await room.host.processes.waitForExit(`${room.tasksRoot}/p/run-1/control/1`, program, signal);
    const after = await room.engine();
    await after.processes.adoptOrphans();
    expect(await room.untilEvents("session.resumed")).toMatchObject([{ restarts: 1 }]);
    expect(room.agent.callsOf("resumeThread")).toEqual(["thread-1"]);
    expect((await after.session()).work.manifest.life).toBe(2);
  });

  test("that died before it had a program begins again", async () => {
    await using room = await openRunRoom({ config: { prompt: "Do it." } });
    room.agent.program = "silence";
    const before = await room.engine();
    await before.processes.launch("p", { resume: false });
    await room.host.files.waitForPath(`${room.tasksRoot}/p/run-1/control/1/pid`, { timeoutMs: 10_000 });
    await before.processes.shutdown({ detach: true });
    const record = await room.store.processes.find("p");
    if (!record) throw new Error("no record");
    const stored = await room.store.manifests.find("p", 1);
    // as if the server had died between the start of the program and its news
    const key = { processId: "p", run: 1, epoch: record.epoch };
    await room.store.asOwner(key, (tx) => tx.putManifest({ ...(stored?.manifest as object), program: null }));
    room.agent.program = "listen";
    const after = await room.engine();
    await after.processes.adoptOrphans();
    expect(await room.agent.untilCalled("startTurn")).toMatchObject([{ text: "Do it." }]);
    expect(await room.events("session.live")).toHaveLength(1);
    expect((await after.session()).work.manifest.life).toBe(2);
  });
});
