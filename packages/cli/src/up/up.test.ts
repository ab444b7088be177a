import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import type { ScriptedModel } from "@optio/engine/scripted-model";
import { startScriptedModel } from "@optio/engine/scripted-model";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningServer } from "./up.test-support.ts";
import { outcomeOf, TestHome } from "./up.test-support.ts";

const SECOND_MS = 1000;

describe("the real program", { timeout: 90 * SECOND_MS }, () => {
  let home: TestHome;
  let model: ScriptedModel;
  let server: RunningServer;
  let provider: string[];

  beforeAll(async () => {
    model = await startScriptedModel();
    provider = ["--codex-config", JSON.stringify(model.codexConfig())];
    home = await TestHome.create();
    server = await home.up();
  }, 60 * SECOND_MS);

  afterAll(async () => {
    await home[Symbol.asyncDispose]();
    await model.close();
  }, 60 * SECOND_MS);

  test("keeps its state to its user and serves the dashboard", async () => {
    const modes = ["", "secret.key", "cli-token", "optio.db"].map(
      async (name) => (await stat(join(home.path, "optio", name))).mode & 0o777,
    );
    expect(await Promise.all(modes)).toEqual([0o700, 0o600, 0o600, 0o600]);
    const page = await fetch(server.url);
    expect(page.headers.get("content-type")).toContain("text/html");
    expect((await fetch(`${server.url}/api/processes`)).status).toBe(401);
  });

  test("prints a link that logs a browser in once", async () => {
    const code = new URL(server.loginUrl).searchParams.get("code");
    const login = () =>
      fetch(`${server.url}/api/login`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ code }),
      });
    const first = await login();
    expect(await first.json()).toMatchObject({ role: "admin" });
    expect(first.headers.get("set-cookie")).toContain("HttpOnly");
    expect((await login()).status).toBe(401);
  });

  test("run --wait answers with the agent's words alone, and its session is over", async () => {
    const { code, stdout, stderr } = await home.run(
      ["run", "--wait", "--id", "waited", ...provider, "say hello"],
      server,
    );
    expect({ code, stdout }, stderr).toEqual({ code: 0, stdout: "answer to: say hello\n" });
    const list = await home.run(["ls", "--json"], server);
    const { items } = JSON.parse(list.stdout);
    expect(items).toContainEqual(expect.objectContaining({ id: "waited", state: "done" }));
    const history = await home.run(["attach", "waited"], server);
    expect(history.stdout).toContain("> say hello\nanswer to: say hello\n");
  });

  test("run --wait fails with a turn that failed", async () => {
    const script = `!script ${JSON.stringify([{ fault: { status: 400, code: "bad", message: "no such thing" } }])}`;
    const { code, stdout } = await home.run(["run", "--wait", "--json", ...provider, script], server);
    expect(code).toBe(1);
    expect(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")).toHaveProperty("result.status", "failed");
  });

  test("a session that was left goes on: it takes a message and a decision from other programs", async () => {
    const ask = `!script ${JSON.stringify([{ run: "echo asked", escalate: "May I?" }, { say: "done" }])}`;
    const runner = home.spawn(["run", "--id", "left", ...provider, ask], server);
    let seen = "";
    const asked = new Promise<void>((resolve) => {
      runner.stdout?.on("data", (chunk: Buffer) => {
        seen += chunk.toString();
        if (seen.includes("optio decide dec_")) resolve();
      });
    });
    const ended = outcomeOf(runner);
    await asked;
    runner.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 0, stderr: expect.stringContaining("optio attach left") });
    const waiting = home.run(["send", "left", "and then?", "--wait"], server);
    const decided = await home.run(["decide", "left", "y"], server);
    expect(decided).toMatchObject({ code: 0, stdout: expect.stringContaining("accept: run: echo asked") });
    expect(await waiting).toMatchObject({ code: 0, stdout: "answer to: and then?\n" });
    expect((await home.run(["close", "left"], server)).stdout).toBe("left: done (run 1)\n");
  });

  test("a follower sees the server stop and start again, and the session answers afterwards", async () => {
    const port = new URL(server.url).port;
    const runner = home.spawn(["run", "--id", "survivor", ...provider, "first"], server);
    const ended = outcomeOf(runner);
    let seen = "";
    const { promise: isAnswered, resolve: answered } = Promise.withResolvers<void>();
    const { promise: isSecond, resolve: second } = Promise.withResolvers<void>();
    runner.stdout?.on("data", (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes("turn completed")) answered();
      if (seen.includes("answer to: second")) second();
    });
    await isAnswered;
    expect(await server.stop()).toBe(0);
    server = await home.up(["--port", port]);
    const sent = await home.run(["send", "survivor", "second", "--wait"], server);
    expect(sent).toMatchObject({ code: 0, stdout: "answer to: second\n" });
    await isSecond;
    expect(seen).toContain("connection lost");
    expect(seen.match(/answer to: first/g)).toHaveLength(1);
    runner.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 0, stderr: expect.stringContaining("optio attach survivor") });
    expect((await home.run(["cancel", "survivor", "--wait"], server)).stdout).toBe("survivor: cancelled (run 1)\n");
  });

  test("a token of the command line that was revoked is replaced at the next start", async () => {
    const before = await readFile(join(home.path, "optio", "cli-token"), "utf8");
    const tokens = JSON.parse((await home.run(["token", "ls", "--json"], server)).stdout);
    const mine = tokens.items.find((token: { name: string }) => token.name === "cli");
    expect((await home.run(["token", "rm", mine.id], server)).code).toBe(0);
    expect(await home.run(["ls"], server)).toMatchObject({ code: 1, stderr: expect.stringContaining("unauthorized") });
    await server.stop();
    server = await home.up();
    expect((await home.run(["ls"], server)).code).toBe(0);
    expect(await readFile(join(home.path, "optio", "cli-token"), "utf8")).not.toBe(before);
  });
});

test(
  "a port in use is named with what to do, and nothing is left in the home",
  async () => {
    await using home = await TestHome.create();
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    const address = stranger.address();
    const port = String(typeof address === "object" ? address?.port : "");
    const { code, stdout, stderr } = await home.run(["up", "--port", port]);
    stranger.close();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`port ${port} on 127.0.0.1 is in use (port-in-use)`);
    expect(stderr).toContain("--port");
    await expect(stat(join(home.path, "optio"))).rejects.toThrow("ENOENT");
  },
  60 * SECOND_MS,
);

test(
  "OPTIO_TOKEN presets a token of an administrator, and the server ends with 0 while a stream is open",
  async () => {
    await using home = await TestHome.create({ OPTIO_TOKEN: "preset-by-the-test" });
    const server = await home.up();
    const headers = { authorization: "Bearer preset-by-the-test" };
    expect(await (await fetch(`${server.url}/api/me`, { headers })).json()).toMatchObject({ role: "admin" });
    const feed = await fetch(`${server.url}/api/feed`, { headers });
    expect(feed.status).toBe(200);
    expect(await server.stop()).toBe(0);
    // the server ends the stream, it does not break off
    await feed.text();
  },
  60 * SECOND_MS,
);

test(
  "the demo shows a turn, then asks for a decision, and answers again after a restart",
  async () => {
    await using home = await TestHome.create();
    let server = await home.up(["--demo"]);
    await waitForDecision(home, server);
    const shown = JSON.parse((await home.run(["show", "demo", "--json"], server)).stdout);
    expect(shown).toMatchObject({ scripted: true, phase: "waiting", metadata: { demo: true } });
    await server.stop();
    server = await home.up(["--demo"]);
    expect((await home.run(["decide", "demo", "y"], server)).code).toBe(0);
    expect(await home.run(["send", "demo", "think", "--wait"], server)).toMatchObject({
      code: 0,
      stdout: "I thought about it, as far as a script can.\n",
    });
    const { items } = JSON.parse((await home.run(["ls", "--json"], server)).stdout);
    expect(items).toHaveLength(1);
  },
  120 * SECOND_MS,
);

/** Follows the session until something waits for a person. */
async function waitForDecision(home: TestHome, server: RunningServer): Promise<void> {
  const follower = home.spawn(["attach", "demo", "--json"], server);
  let text = "";
  const asked = new Promise<void>((resolve) => {
    follower.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('"decision.requested"')) resolve();
    });
  });
  await asked;
  const ended = once(follower, "exit");
  follower.kill("SIGTERM");
  await ended;
}
