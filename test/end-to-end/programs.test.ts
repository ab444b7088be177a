import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createEngine } from "@optio/engine";
import { expect, test } from "vitest";
import { appServersNaming, processesNaming } from "../support/process-look.ts";
import { scripted, World } from "../support/world.ts";

test("a program launches a session, asks, decides, interrupts and closes it", async () => {
  await using world = await World.create();
  const seen = await runProgram(world, "converse.ts", [], {
    ASK_FOR_LEAVE: scripted({ run: "echo x", escalate: "may I?" }, { say: "allowed" }),
    TAKES_LONG: scripted({ say: "a long word", chunkChars: 2, delayMs: 600_000 }),
  });
  expect(seen).toEqual({
    first: "answer to: one",
    allowed: "allowed",
    heard: ["answer to: one", "allowed"],
    sent: "sending",
    interrupted: "interrupted",
    failed: "agent-refused",
    late: "session-ended",
    state: "done",
    isOrdered: true,
    requested: true,
    resolved: true,
  });
  expect(processesNaming(world.home)).toEqual([]);
});

test("a task is launched twice and resumed by its id; a function runs a session within itself", async () => {
  await using world = await World.create();
  const { runs, progress } = await runProgram(world, "launch-tasks.ts");
  const [first, second, resumed, counter] = runs;
  expect(first).toMatchObject({ state: "done", run: 1, messages: ["person"] });
  expect(second).toMatchObject({ state: "done", run: 2, messages: ["person"] });
  expect(second.thread).not.toBe(first.thread);
  // the prompt is sent once per fresh run; a resume sends its notice instead
  expect(resumed).toMatchObject({ state: "done", run: 3, thread: second.thread, messages: ["harness"] });
  expect(counter).toMatchObject({ state: "done", run: 1, messages: ["person"] });
  expect(progress).toMatchObject({ percent: 10, message: "asking codex" });
  expect(processesNaming(world.home)).toEqual([]);
});

test("closing an engine ends its sessions", async () => {
  await using world = await World.create();
  const seen = await runProgram(world, "leave-session.ts", ["end"]);
  expect(seen).toEqual({ run: 1, adopted: 0, answers: ["answer to: before"] });
  expect(processesNaming(world.home)).toEqual([]);
  const engine = await createEngine({ agents: [], home: world.home });
  expect(await engine.processes.get("kept")).toMatchObject({ state: "cancelled" });
  await engine.close();
});

test("an engine that detaches leaves its sessions, and the next one adopts them", async () => {
  await using world = await World.create();
  expect(await runProgram(world, "leave-session.ts", ["detach"])).toMatchObject({ run: 1, adopted: 0 });
  const [left, ...more] = appServersNaming(world.home);
  expect(more).toEqual([]);
  const seen = await runProgram(world, "leave-session.ts", ["detach"]);
  expect(seen).toEqual({ run: 1, adopted: 1, answers: ["answer to: before", "answer to: after"] });
  expect(appServersNaming(world.home)).toEqual([left]);
  await runProgram(world, "leave-session.ts", ["end"]);
  expect(processesNaming(world.home)).toEqual([]);
});

/** Runs a program of `programs/` to its end and reads its one line. */
async function runProgram(world: World, file: string, argv: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "programs", file), ...argv], {
    env: {
      PATH: process.env.PATH,
      HOME: world.root,
      OPTIO_HOME: world.home,
      CODEX_CONFIG: JSON.stringify(world.model.codexConfig()),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: expect.stringMatching(/^\{.*\}\n$/) });
  return JSON.parse(stdout);
}
