import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { CodexSessionInput } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { codexPid, readManifest, socketOf, writeManifest, writeProgram } from "../support/codex-program.ts";
import { describeLog } from "../support/describe-log.ts";
import type { LogFollower } from "../support/log-follower.ts";
import { findLogProblems } from "../support/log-problems.ts";
import { AppServerWatch, appServersNaming, lookAt, pollUntil, processesNaming } from "../support/process-look.ts";
import { answersIn, completedItems, decisionsIn, messagesIn } from "../support/read-log.ts";
import { kill, scripted, World } from "../support/world.ts";

const SHORT_TIMINGS = { pingEveryMs: 200, pingTimeoutMs: 4_000, restartDelaysMs: [0, 20, 20] };
const SLOW_TEXT = { say: "a word ".repeat(200), chunkChars: 7, delayMs: 100 };

describe("codex killed as soon as it had acknowledged a turn", () => {
  test.each([1, 2, 3])("answers the thread's first message once (%d)", async () => {
    await using world = await World.create();
    const { id, log } = await startSession(world);
    expect(await world.send(id, "now")).toMatchObject({ turnId: expect.any(String) });
    kill(codexPid(world, id));
    await log.until({ type: "session.resumed" });
    await untilAnswered(log, "answer to: now");
    await expectSound(world, id);
    expect(answersIn(await world.log(id))).toEqual(["answer to: now"]);
  });

  test.each([1, 2, 3])("answers a later message once (%d)", async () => {
    await using world = await World.create();
    const { id, log } = await startSession(world);
    await world.send(id, "before");
    await log.untilTurns(1);
    await world.send(id, "now");
    kill(codexPid(world, id));
    await untilAnswered(log, "answer to: now");
    await world.send(id, "after");
    await untilAnswered(log, "answer to: after");
    await expectSound(world, id);
    expect(answersIn(await world.log(id))).toEqual(["before", "now", "after"].map((text) => `answer to: ${text}`));
  });

  test("and the server with it, answers the message once", async () => {
    await using world = await World.create();
    const { id, log } = await startSession(world);
    await world.send(id, "now");
    kill(codexPid(world, id));
    await world.crash();
    await untilAnswered(log, "answer to: now");
    await expectSound(world, id);
    expect(answersIn(await world.log(id))).toEqual(["answer to: now"]);
  });
});

describe("codex killed in the middle of a turn", () => {
  test("is started again; the half message is interrupted, the cause is told, the next message works", async () => {
    await using world = await World.create();
    const { id, log } = await startSession(world);
    const message = scripted(SLOW_TEXT);
    await world.send(id, message);
    await log.untilFrame((frame) => frame.frame === "item.delta");
    await log.untilFrame((frame) => frame.frame === "item.delta" && frame.append.includes("word"));
    kill(codexPid(world, id));
    const half = await log.until({ type: "item.completed", where: ({ item }) => item.kind === "agentMessage" });
    expect(half.item).toMatchObject({ status: "interrupted", text: expect.stringMatching(/^(a word ){1,199}$/) });
    expect(await log.until({ type: "turn.completed" })).toMatchObject({ status: "interrupted" });
    expect(await log.until({ type: "warning" })).toMatchObject({
      code: "agent-exited",
      message: "Codex was killed (SIGKILL)",
    });
    expect(await log.until({ type: "session.resumed" })).toMatchObject({
      from: "workspace",
      restarts: 1,
      lost: "the end of the message that was being written",
    });
    await world.send(id, "next");
    await untilAnswered(log, "answer to: next");
    const stored = await expectSound(world, id);
    expect(messagesIn(stored)).toEqual([message, "next"]);
  });

  test("does not run a command again that was running", async () => {
    await using world = await World.create();
    const { id, log } = await startSession(world);
    const message = scripted({ run: "echo ran >> ran.txt; until [ -e go ]; do sleep 0.05; done" }, { say: "never" });
    await world.send(id, message);
    const ran = join(world.taskDirectory(id), "workspace", "ran.txt");
    await pollUntil("the command", () => existsSync(ran));
    // codex tells of a command when it runs already: nobody can know of one that it had no time to tell of
    await log.until({ type: "item.started", where: ({ item }) => item.kind === "commandExecution" });
    kill(codexPid(world, id));
    await log.until({ type: "session.resumed" });
    await world.send(id, "next");
    await untilAnswered(log, "answer to: next");
    const stored = await expectSound(world, id);
    expect(completedItems(stored).find((item) => item.kind === "commandExecution")?.status).toBe("interrupted");
    expect(messagesIn(stored)).toEqual([message, "next"]);
    expect(readFileSync(ran, "utf8")).toBe("ran\n");
    expect(processesNaming(world.root).some(({ command }) => command.includes("until ["))).toBe(false);
  });

  test("with recover 'fail' ends the session with the cause", async () => {
    await using world = await World.create();
    const { id, log } = await startSession(world, { recover: "fail" });
    await world.send(id, scripted(SLOW_TEXT));
    await log.untilFrame((frame) => frame.frame === "item.delta");
    kill(codexPid(world, id));
    await log.until({ type: "process.state_changed", where: ({ to }) => to === "failed" });
    expect(await world.view(id)).toMatchObject({
      state: "failed",
      phase: "ended",
      outcome: "failed",
      error: { code: "agent-exited", message: "Codex was killed (SIGKILL)" },
    });
    const stored = await expectSound(world, id);
    expect(completedItems(stored).at(-1)).toMatchObject({ kind: "agentMessage", status: "interrupted" });
    expect(processesNaming(world.taskDirectory(id))).toEqual([]);
  });

  test("withdraws the approval that waited; the next turn may ask again", async () => {
    await using world = await World.create();
    const { id, log } = await startSession(world);
    const ask = scripted({ run: "true", escalate: "may I?" }, { say: "asked" });
    await world.send(id, ask);
    const { decision } = await log.until({ type: "decision.requested" });
    kill(codexPid(world, id));
    const { seq } = await log.until({ type: "session.resumed" });
    const stored = decisionsIn(await world.log(id)).get(decision.id);
    expect(stored?.map(({ state }) => state)).toEqual(["pending", "withdrawn"]);
    await expect(world.decide(decision.id, "accept")).rejects.toMatchObject({ code: "decision-already-resolved" });
    await world.send(id, ask);
    const again = await log.until({ type: "decision.requested" }, seq);
    await world.decide(again.decision.id, "accept");
    await untilAnswered(log, "asked");
    await expectSound(world, id);
  });
});

describe("a codex that keeps dying", () => {
  test("is given up with the last cause", async () => {
    await using world = await World.create({ sessionTimings: SHORT_TIMINGS });
    const lives = join(world.root, "lives");
    const path = writeProgram(
      join(world.root, "dying-codex"),
      `[ "$1" = app-server ] || exec "$CODEX" "$@"
       echo life >> ${lives}; [ $(wc -l < ${lives}) -gt 1 ] && { echo 'out of luck' >&2; exit 3; }
       exec "$CODEX" "$@"`,
    );
    const { id, log } = await startSession(world, { codex: { path } });
    kill(codexPid(world, id));
    await log.until({ type: "process.state_changed", where: ({ to }) => to === "failed" });
    const { error } = await world.view(id);
    expect(error).toMatchObject({ code: "recover-budget-spent", message: expect.stringContaining("exit code 3") });
    expect(error?.message).toContain("out of luck");
    expect(readFileSync(lives, "utf8").trim().split("\n")).toHaveLength(4);
    expect(processesNaming(world.taskDirectory(id))).toEqual([]);
    await expectSound(world, id);
  });
});

describe("never two codex on one thread", () => {
  test("one that hangs under a living server is killed before the next starts", async () => {
    await using world = await World.create({ sessionTimings: SHORT_TIMINGS });
    const { id, log } = await startSession(world);
    using watch = new AppServerWatch(world.root);
    await world.send(id, "before");
    await log.untilTurns(1);
    const old = codexPid(world, id);
    kill(old, "SIGSTOP");
    expect(await log.until({ type: "warning" })).toMatchObject({ message: "Codex did not answer" });
    expect(await log.until({ type: "session.resumed" })).toMatchObject({ restarts: 1 });
    await expectOnly(world, id, { insteadOf: old });
    await expectTakesMessages(world, id, log);
    expect(watch).toMatchObject({ most: 1 });
  });

  test("one that hangs at the restart of the server is killed before the next starts", async () => {
    await using world = await World.create();
    const { id, log } = await startSession(world);
    using watch = new AppServerWatch(world.root);
    await world.send(id, "before");
    await log.untilTurns(1);
    const old = codexPid(world, id);
    await world.end("SIGKILL");
    kill(old, "SIGSTOP");
    await world.start();
    await log.until({ type: "session.resumed" });
    await expectOnly(world, id, { insteadOf: old });
    await expectTakesMessages(world, id, log);
    expect(watch).toMatchObject({ most: 1 });
  });

  test("one whose socket was swapped for a link is not reached through it, and replaced", async () => {
    await using world = await World.create();
    const { id, log } = await startSession(world);
    using watch = new AppServerWatch(world.root);
    await world.send(id, "before");
    await log.untilTurns(1);
    const old = codexPid(world, id);
    await world.end("SIGKILL");
    const socket = socketOf(world, id);
    const moved = `${socket}.moved`;
    let visits = 0;
    const decoy = createServer((visitor) => {
      visits += 1;
      visitor.destroy();
    });
    await once(decoy.listen(join(world.root, "decoy.sock")), "listening");
    renameSync(socket, moved);
    symlinkSync(join(world.root, "decoy.sock"), socket);
    await world.start();
    await log.until({ type: "session.resumed" });
    decoy.close();
    expect(visits).toBe(0);
    await expectOnly(world, id, { insteadOf: old });
    await expectTakesMessages(world, id, log);
    expect(watch).toMatchObject({ most: 1 });
  });

  test("a recycled pid in the manifest is nobody's codex: it is left alone", async () => {
    await using world = await World.create();
    const { id, log } = await startSession(world);
    using watch = new AppServerWatch(world.root);
    await world.send(id, "before");
    await log.untilTurns(1);
    const old = codexPid(world, id);
    await world.end("SIGKILL");
    const manifest = readManifest(world, id);
    const { program, group } = manifest.program ?? {};
    if (!program || !group) throw new Error("the session had no program");
    kill(old);
    await pollUntil("the end of codex", () => lookAt(old) === undefined);
    const bystander = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
    const pid = bystander.pid ?? 0;
    try {
      const recycled = { program: { ...program, pid }, group: { ...group, pid } };
      writeManifest(world, id, { ...manifest, program: recycled });
      await world.start();
      await log.until({ type: "session.resumed" });
      expect(lookAt(pid)).toBeDefined();
      await expectOnly(world, id, { insteadOf: old });
      await expectTakesMessages(world, id, log);
      expect(lookAt(pid)).toBeDefined();
      expect(watch).toMatchObject({ most: 1 });
    } finally {
      bystander.kill("SIGKILL");
    }
  });

  test("a server killed while it starts codex again: the next one knows it, and that the turn is over", async () => {
    await using world = await World.create();
    const { id, log } = await startSession(world);
    using watch = new AppServerWatch(world.root);
    await world.send(id, scripted(SLOW_TEXT));
    await log.untilFrame((frame) => frame.frame === "item.delta");
    const first = codexPid(world, id);
    kill(first);
    // it is there before the server has written it down, or soon after
    await pollUntil("the next codex", () => appServersNaming(world.root).some(({ pid }) => pid !== first));
    await world.crash();
    expect(await log.until({ type: "session.resumed" })).toMatchObject({ restarts: 1 });
    await expectOnly(world, id, { insteadOf: first });
    await expectTakesMessages(world, id, log);
    expect(watch).toMatchObject({ most: 1 });
    expect(completedItems(await world.log(id))[1]).toMatchObject({ kind: "agentMessage", status: "interrupted" });
  });

  test("a server killed while it starts the first codex leaves none that the next one does not know", async () => {
    await using world = await World.create();
    await world.start();
    using watch = new AppServerWatch(world.root);
    const { id } = await world.createSession();
    const log = world.follow(id);
    await pollUntil("the first codex", () => appServersNaming(world.root).length > 0);
    await world.crash();
    await log.until({ type: "session.live" });
    expect(appServersNaming(world.root).map(({ pid }) => pid)).toEqual([codexPid(world, id)]);
    await expectTakesMessages(world, id, log);
    expect(watch).toMatchObject({ most: 1 });
  });
});

async function startSession(world: World, config: CodexSessionInput = {}): Promise<{ id: string; log: LogFollower }> {
  await world.start();
  const { id } = await world.createSession(config);
  const log = world.follow(id);
  await log.until({ type: "session.live" });
  return { id, log };
}

async function untilAnswered(log: LogFollower, text: string): Promise<void> {
  const { turnId } = await log.until({
    type: "item.completed",
    where: ({ item }) => item.kind === "agentMessage" && item.text === text,
  });
  await log.until({ type: "turn.completed", where: (event) => event.turnId === turnId });
}

async function expectTakesMessages(world: World, id: string, log: LogFollower): Promise<void> {
  await world.send(id, "still there?");
  await untilAnswered(log, "answer to: still there?");
  await expectSound(world, id);
}

async function expectSound(world: World, id: string) {
  const stored = await world.log(id);
  expect(findLogProblems(stored), describeLog(stored)).toEqual([]);
  return stored;
}

/** Exactly one codex is there, the one of the manifest, and the old one is gone. */
async function expectOnly(world: World, id: string, { insteadOf }: { insteadOf: number }): Promise<void> {
  expect(lookAt(insteadOf)).toBeUndefined();
  expect(appServersNaming(world.root).map(({ pid }) => pid)).toEqual([codexPid(world, id)]);
}
