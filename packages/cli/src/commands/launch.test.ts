import { PassThrough } from "node:stream";
import type { ProcessSummary } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { FixtureServer, feedStream, problem, runCli, taskSummary, writeMessage } from "../program.test-support.ts";

const COUNT = { type: "decisions", pending: 0 } as const;
const launched = taskSummary({ state: "scheduled", run: 2 });

/** A server with one task. */
function serverWith(task: ProcessSummary, feed = () => feedStream()): FixtureServer {
  return new FixtureServer({
    "GET /processes/p1": () => ({ json: task }),
    "POST /processes/p1/launch": () => ({ json: launched }),
    "GET /feed": feed,
  });
}

const launches = (server: FixtureServer) =>
  server.requests.filter(({ route }) => route.startsWith("POST")).map(({ body }) => body);

test("launch and resume differ in one flag", async () => {
  await using server = serverWith(taskSummary({ state: "idle" }));
  const env = await server.start();
  expect((await runCli(["launch", "p1"], { env })).stdout).toBe("p1: scheduled (run 2)\n");
  await runCli(["launch", "p1", "--resume"], { env });
  await runCli(["resume", "p1"], { env });
  expect(launches(server)).toEqual([{ resume: false }, { resume: true }, { resume: true }]);
});

describe("a task that warns", () => {
  const warning = taskSummary({ state: "idle", warning: "costs\u001b[2J money" });

  test.each([[["launch", "p1"]], [["launch", "p1", "--resume"]], [["resume", "p1"]]])(
    "is not launched without a terminal: %j",
    async (argv) => {
      await using server = serverWith(warning);
      const env = await server.start();
      const refused = await runCli(argv, { env });
      expect(refused).toMatchObject({ code: 2, stdout: "" });
      expect(refused.stderr).toContain("costs money");
      expect(refused.stderr).toContain("--yes");
      expect(launches(server)).toEqual([]);
      expect(await runCli([...argv, "--yes"], { env })).toMatchObject({ code: 0 });
      expect(launches(server)).toHaveLength(1);
    },
  );

  test.each([
    ["y", 0, 1],
    ["n", 1, 0],
    ["\u0003", 1, 0],
  ])("asks a person at a terminal, who types %j", async (key, code, count) => {
    await using server = serverWith(warning);
    const keys = new PassThrough();
    let output = "";
    const onOutput = (text: string) => {
      const before = output.includes("Resume p1?");
      output += text;
      if (!before && output.includes("Resume p1?")) setImmediate(() => void keys.write(key));
    };
    const outcome = await runCli(["resume", "p1"], { env: await server.start(), keys, onOutput });
    expect(outcome.code).toBe(code);
    expect(output).toContain("costs money");
    expect(launches(server)).toHaveLength(count);
  });
});

describe("launch --wait", () => {
  const feedOf = (process: ProcessSummary) => () => {
    const answer = feedStream(COUNT);
    writeMessage(answer.stream, "feed", 2, { type: "process", process });
    return answer;
  };

  test("exits by the outcome of the run, and says why it failed", async () => {
    const running = taskSummary({ run: 2 });
    const done = taskSummary({ run: 2, state: "done" });
    await using good = serverWith(running, feedOf(done));
    expect(await runCli(["launch", "p1", "--wait"], { env: await good.start() })).toMatchObject({
      code: 0,
      stdout: "p1: done (run 2)\n",
    });
    const failed = taskSummary({ run: 2, state: "failed", error: { code: "task-failed", message: "no space left" } });
    await using bad = serverWith(running, feedOf(failed));
    const env = await bad.start();
    const outcome = await runCli(["launch", "p1", "--wait"], { env });
    expect(outcome).toMatchObject({ code: 1, stdout: "p1: failed (run 2): no space left (task-failed)\n" });
    const json = await runCli(["launch", "p1", "--wait", "--json"], { env });
    expect(JSON.parse(json.stdout)).toEqual(failed);
  });

  test("sees an end that came before it could look", async () => {
    let asked = 0;
    await using server = new FixtureServer({
      "GET /processes/p1": () => ({ json: taskSummary(asked++ === 0 ? {} : { run: 2, state: "done" }) }),
      "POST /processes/p1/launch": () => ({ json: launched }),
      "GET /feed": () => feedStream(COUNT),
    });
    expect(await runCli(["launch", "p1", "--wait"], { env: await server.start() })).toMatchObject({ code: 0 });
    expect(server.requests.at(-2)?.query.get("filter")).toBe('{"id":"p1"}');
  });

  test("says so when the process is gone with its outcome", async () => {
    const gone = () => {
      const answer = feedStream(COUNT);
      writeMessage(answer.stream, "feed", 2, { type: "process.removed", id: "p1" });
      return answer;
    };
    await using server = serverWith(taskSummary({ run: 2 }), gone);
    const outcome = await runCli(["launch", "p1", "--wait"], { env: await server.start() });
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining("outcome is gone") });
  });

  test("ends with Ctrl-C, and the run goes on", async () => {
    const stop = new AbortController();
    await using server = serverWith(taskSummary({ run: 2 }), () => {
      setImmediate(() => stop.abort());
      return feedStream(COUNT);
    });
    const outcome = await runCli(["launch", "p1", "--wait"], { env: await server.start(), signal: stop.signal });
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining("its run goes on") });
  });
});

test("a refused launch is told with its reason", async () => {
  await using server = new FixtureServer({
    "GET /processes/p1": () => ({ json: taskSummary({ state: "idle" }) }),
    "POST /processes/p1/launch": () => problem(409, "launch-blocked", "blocked by {}: maintenance"),
  });
  const { code, stderr } = await runCli(["launch", "p1"], { env: await server.start() });
  expect(code).toBe(1);
  expect(stderr).toContain("blocked by {}: maintenance (launch-blocked)");
});
