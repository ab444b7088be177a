import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProcessSummary } from "@optio/contract";
import { unwrap } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { codexPid, readManifest } from "../support/codex-program.ts";
import type { LogFollower } from "../support/log-follower.ts";
import { findLogProblems } from "../support/log-problems.ts";
import { lookAt, pollUntil, processesNaming } from "../support/process-look.ts";
import { answersIn, messagesIn } from "../support/read-log.ts";
import { scripted, World } from "../support/world.ts";

describe("a server that is told to stop", () => {
  test("lets its sessions go on, and the next one takes them over", async () => {
    await using world = await World.create();
    const { id, log } = await startSession(world, { prompt: scripted({ gate: "busy" }, { say: "went on" }) });
    await world.model.gate("busy").waitUntilReached();
    const pid = codexPid(world, id);
    await world.end("SIGTERM");
    expect(lookAt(pid)).toBeDefined();
    world.model.gate("busy").open();
    await world.start();
    await log.until({ type: "session.adopted" });
    await log.untilTurns(1);
    expect(codexPid(world, id)).toBe(pid);
    await world.send(id, "next");
    await log.untilTurns(2);
    const stored = await world.log(id);
    expect(findLogProblems(stored)).toEqual([]);
    expect(answersIn(stored)).toEqual(["went on", "answer to: next"]);
  });

  test("with --stop-sessions ends them; they can be resumed", async () => {
    await using world = await World.create();
    await world.start(["--stop-sessions"]);
    const { id } = await world.createSession({ prompt: "remember the word quince" });
    const log = world.follow(id);
    await log.untilTurns(1);
    await world.end("SIGTERM");
    expect(processesNaming(world.taskDirectory(id))).toEqual([]);
    await world.start();
    expect(await world.view(id)).toMatchObject({ state: "cancelled", phase: "ended", live: false });
    await launch(world, id, { resume: true });
    await expectResumed(world, id, log);
  });
});

describe("a session that nobody owns", () => {
  // shorter than the usual time between two signs of its owner: the session must live as long as it has one
  const ORPHAN_AFTER_MS = 6_000;
  const sessionTimings = { watchdogIntervalMs: 500 };

  test("ends by itself, and is started again on its thread by the next server", async () => {
    await using world = await World.create({ sessionTimings });
    const { id, log } = await startSession(world, {
      prompt: "remember the word quince",
      orphanAfterMs: ORPHAN_AFTER_MS,
    });
    const livedUntil = performance.now() + 1.5 * ORPHAN_AFTER_MS;
    await log.untilTurns(1);
    const { threadId } = readManifest(world, id);
    await pollUntil("more than the time of an orphan", () => performance.now() > livedUntil);
    expect(findLogProblems(await world.log(id))).toEqual([]);
    expect((await world.view(id)).phase).toBe("idle");
    await world.end("SIGKILL");
    await pollUntil("the end of the orphan", () => processesNaming(world.taskDirectory(id)).length === 0);
    await world.start();
    await log.until({ type: "session.resumed" });
    expect(readManifest(world, id).threadId).toBe(threadId);
    await world.send(id, "next");
    await log.untilTurns(2);
    expect(lastRequest(world)).toContain("quince");
    expect(findLogProblems(await world.log(id))).toEqual([]);
  });

  test("ends by itself, and with recover 'fail' can be resumed by hand", async () => {
    await using world = await World.create({ sessionTimings });
    const config = { prompt: "remember the word quince", orphanAfterMs: ORPHAN_AFTER_MS, recover: "fail" } as const;
    const { id, log } = await startSession(world, config);
    await log.untilTurns(1);
    await world.end("SIGKILL");
    await pollUntil("the end of the orphan", () => processesNaming(world.taskDirectory(id)).length === 0);
    await world.start();
    await log.until({ type: "process.state_changed", where: ({ to }) => to === "failed" });
    expect((await world.view(id)).error?.code).toBe("agent-exited");
    await launch(world, id, { resume: true });
    await expectResumed(world, id, log);
  });
});

describe("a session that is launched again", () => {
  test("fresh begins a new thread in a new workspace, with its prompt; resumed it goes on with both, without", async () => {
    await using world = await World.create();
    const { id, log } = await startSession(world, { prompt: "remember the word quince" });
    await log.untilTurns(1);
    const first = await world.view(id);
    writeFileSync(join(String(first.workspace), "mine.txt"), "kept");
    await close(world, id, log);

    await launch(world, id, { resume: true });
    await expectResumed(world, id, log);
    const resumed = await world.view(id);
    expect(resumed).toMatchObject({ run: 2, thread: first.thread, workspace: first.workspace });
    expect(readFileSync(join(String(resumed.workspace), "mine.txt"), "utf8")).toBe("kept");
    await close(world, id, log);

    const { seq } = await log.until({ type: "session.ended" }, log.lastSeq - 2);
    await launch(world, id, { resume: false });
    await log.until({ type: "turn.completed" }, seq);
    const fresh = await world.view(id);
    expect(fresh.run).toBe(3);
    expect(fresh.thread).not.toEqual(first.thread);
    expect(fresh.workspace).not.toBe(first.workspace);
    expect(readdirSync(String(fresh.workspace))).toEqual([]);
    expect(findLogProblems(await world.log(id))).toEqual([]);
  });
});

describe("directories", () => {
  test("of ours go with the dismissal, and only then", async () => {
    await using world = await World.create();
    const { id, log } = await startSession(world, { prompt: "hello" });
    await log.untilTurns(1);
    await close(world, id, log);
    expect(existsSync(world.taskDirectory(id))).toBe(true);
    await dismiss(world, id);
    expect(existsSync(world.taskDirectory(id))).toBe(false);
    expect(existsSync(join(world.home, "tasks"))).toBe(true);
  });

  test("of the user are worked in and stay; instructions reach the model without a file in them", async () => {
    await using world = await World.create();
    const directory = join(world.root, "project");
    mkdirSync(directory);
    writeFileSync(join(directory, "mine.txt"), "kept");
    const { id, log } = await startSession(world, {
      source: { directory },
      instructions: "Always speak of kumquats.",
      prompt: scripted({ run: "echo made > made.txt; pwd" }, { say: "done" }),
    });
    await log.untilTurns(1);
    expect(lastRequest(world)).toContain("Always speak of kumquats.");
    expect(readdirSync(directory).sort()).toEqual(["made.txt", "mine.txt"]);
    await close(world, id, log);
    await launch(world, id, { resume: true });
    await log.untilTurns(2);
    expect(lastRequest(world)).toContain("Always speak of kumquats.");
    await close(world, id, log);
    await dismiss(world, id);
    expect(readdirSync(directory).sort()).toEqual(["made.txt", "mine.txt"]);
    expect(readFileSync(join(directory, "mine.txt"), "utf8")).toBe("kept");
    expect(existsSync(world.taskDirectory(id))).toBe(false);
  });

  test("of the user stay when the session fails and gives up its workspace", async () => {
    await using world = await World.create();
    const directory = join(world.root, "project");
    mkdirSync(directory);
    writeFileSync(join(directory, "mine.txt"), "kept");
    await world.start();
    const { id } = await world.createSession({
      source: { directory },
      keepWorkspaceOnFailure: false,
      codex: { path: join(world.root, "no-codex") },
    });
    await world.follow(id).until({ type: "process.state_changed", where: ({ to }) => to === "failed" });
    expect(readdirSync(directory)).toEqual(["mine.txt"]);
  });
});

async function startSession(world: World, config: Parameters<World["createSession"]>[0]) {
  await world.start();
  const { id } = await world.createSession(config);
  const log = world.follow(id);
  await log.until({ type: "session.live" });
  return { id, log };
}

/** A resumed session gets the notice, not the prompt, and knows what was said. */
async function expectResumed(world: World, id: string, log: LogFollower): Promise<void> {
  await log.until({ type: "session.resumed" });
  await log.untilTurns(2);
  expect(messagesIn(log.envelopes)).toEqual(["remember the word quince", expect.stringMatching(/^System: .*resumed/)]);
  expect(lastRequest(world)).toContain("quince");
  expect(findLogProblems(await world.log(id))).toEqual([]);
}

function lastRequest(world: World): string {
  return JSON.stringify(world.model.requests.at(-1)?.input);
}

async function launch(world: World, id: string, body: { resume: boolean }): Promise<ProcessSummary> {
  return unwrap(world.client.POST("/processes/{id}/launch", { params: { path: { id } }, body }));
}

async function dismiss(world: World, id: string): Promise<void> {
  await unwrap(world.client.POST("/processes/{id}/dismiss", { params: { path: { id } }, body: {} }));
}

/** Closes the session and waits for the end of its run. */
async function close(world: World, id: string, log: LogFollower): Promise<void> {
  const { lastSeq } = log;
  await world.close(id);
  await log.until({ type: "process.state_changed", where: ({ to }) => to === "done" }, lastSeq);
}
