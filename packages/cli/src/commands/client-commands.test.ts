import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Decision, Envelope, ProcessState } from "@optio/contract";
import { describe, expect, test } from "vitest";
import {
  envelopes,
  eventStream,
  FixtureServer,
  problem,
  processSummary,
  runCli,
  sessionView,
  turnEvents,
} from "../program.test-support.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;
const ended = (to: ProcessState, reason?: string): Envelope["event"] => ({
  type: "process.state_changed",
  from: "running",
  to,
  ...(reason === undefined ? {} : { reason }),
});

const decision = (id: string): Decision => ({
  id,
  processId: "p1",
  run: 1,
  kind: "command",
  state: "pending",
  request: { command: "uname" },
  options: ["accept", "decline"],
  requestedAt: "2026-01-01T00:00:00.000Z",
});

test("a refusal of the server is told with its code and what to do, as words and as JSON", async () => {
  await using server = new FixtureServer({ "GET /processes": () => problem(401, "unauthorized", "no valid token") });
  const env = await server.start();
  const words = await runCli(["ls"], { env });
  expect(words).toMatchObject({
    code: 1,
    stdout: "",
    stderr: "error: no valid token (unauthorized)\nnext: look again\n",
  });
  const json = await runCli(["ls", "--json"], { env });
  expect(JSON.parse(json.stderr)).toMatchObject({
    code: "unauthorized",
    status: 401,
    detail: "no valid token",
    next: "look again",
  });
});

describe("decide", () => {
  const answered = (id: string) => ({
    json: { ...decision(id), state: "resolved", resolution: { decision: "accept" } },
  });

  test("answers a decision by its id, once", async () => {
    await using server = new FixtureServer({
      "GET /decisions/dec_1": () => ({ json: decision("dec_1") }),
      "POST /decisions/dec_1": () => answered("dec_1"),
    });
    const { stdout } = await runCli(["decide", "dec_1", "y", "--message", "go"], { env: await server.start() });
    expect(stdout).toBe("accept: run: uname\n");
    expect(server.requests[1]).toMatchObject({
      body: { decision: "accept", message: "go" },
      headers: { "idempotency-key": expect.stringMatching(UUID) },
    });
  });

  test("answers the only open decision of a session, and asks which when there are more", async () => {
    let open = [decision("dec_1")];
    await using server = new FixtureServer({
      "GET /sessions/p1": () => ({ json: sessionView({ decisions: open }) }),
      "POST /decisions/dec_1": () => answered("dec_1"),
    });
    const env = await server.start();
    expect(await runCli(["decide", "p1", "accept"], { env })).toMatchObject({ code: 0 });
    open = [decision("dec_1"), decision("dec_2")];
    const many = await runCli(["decide", "p1", "accept"], { env });
    expect(many).toMatchObject({ code: 2, stderr: expect.stringContaining("dec_2") });
    open = [];
    expect(await runCli(["decide", "p1", "accept"], { env })).toMatchObject({ code: 1 });
    expect(await runCli(["decide", "p9", "accept"], { env })).toMatchObject({ code: 1 });
  });
});

describe("run --wait", () => {
  const routes = (events: readonly Envelope[]) => ({
    "POST /sessions": () => ({ status: 201, json: sessionView() }),
    "GET /sessions/p1/events": ({ query }: { query: URLSearchParams }) =>
      eventStream(events.filter((envelope) => envelope.seq > Number(query.get("after")))),
    "POST /sessions/p1/close": () => ({ status: 202, json: sessionView() }),
  });

  test("gives the answer alone on standard output and closes the session", async () => {
    await using server = new FixtureServer(routes(envelopes(...turnEvents("forty-two"), ended("done"))));
    const { code, stdout, stderr } = await runCli(["run", "--wait", "what is it?"], { env: await server.start() });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "forty-two\n" });
    expect(stderr).toContain("session p1\n");
    expect(server.requests[0]).toMatchObject({
      body: { agent: "codex", prompt: "what is it?", approvals: "never" },
      headers: { "idempotency-key": expect.stringMatching(UUID) },
    });
    expect(server.requests.map((request) => request.route)).toContain("POST /sessions/p1/close");
  });

  test("keeps the approvals that were asked for", async () => {
    await using server = new FixtureServer(routes(envelopes(...turnEvents("x"), ended("done"))));
    await runCli(["run", "--wait", "x", "--approvals", "untrusted"], { env: await server.start() });
    expect(server.requests[0]?.body).toMatchObject({ approvals: "untrusted" });
  });

  test("fails with a turn that failed, and the result is the last line of JSON", async () => {
    await using server = new FixtureServer(routes(envelopes(...turnEvents("x", { status: "failed" }), ended("done"))));
    const { code, stdout } = await runCli(["run", "--wait", "x", "--json"], { env: await server.start() });
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(code).toBe(1);
    expect(lines[0]).toHaveProperty("session.id", "p1");
    expect(lines.slice(1, -1).map((line) => line.seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(lines.at(-1)).toEqual({
      result: { sessionId: "p1", status: "failed", turnId: "turn-1", text: "x", error: { message: "no more tokens" } },
    });
  });

  test("fails with a session that ended before its turn, saying why", async () => {
    await using server = new FixtureServer(routes(envelopes(ended("failed", "no such binary"))));
    const { code, stderr } = await runCli(["run", "--wait", "x"], { env: await server.start() });
    expect(code).toBe(1);
    expect(stderr).toContain("run failed: no such binary");
    expect(server.requests.map((request) => request.route)).not.toContain("POST /sessions/p1/close");
  });

  test("does not wait for a login that nobody will give", async () => {
    const login: Envelope["event"] = { type: "login.required", kinds: ["apiKey"] };
    await using server = new FixtureServer(routes(envelopes(login, ended("done"))));
    const { code, stderr } = await runCli(["run", "--wait", "x"], { env: await server.start() });
    expect(code).toBe(1);
    expect(stderr).toContain("--api-key-stdin");
    expect(server.requests.map((request) => request.route)).toContain("POST /sessions/p1/close");
  });
});

describe("leaving", () => {
  test.each([
    [["run", "x"], 0],
    [["run", "x", "--wait"], 1],
  ])("%j is possible at any time and says how to come back", async (argv, expected) => {
    await using server = new FixtureServer({
      "POST /sessions": () => ({ status: 201, json: sessionView() }),
      "GET /sessions/p1/events": () => eventStream(envelopes(...turnEvents("hello").slice(0, 4))),
    });
    const stop = new AbortController();
    const onOutput = (text: string) => void (text.includes("> hi") && stop.abort());
    const { code, stderr } = await runCli(argv, { env: await server.start(), signal: stop.signal, onOutput });
    expect(code).toBe(expected);
    expect(stderr).toContain("optio attach p1");
    expect(server.requests.map((request) => request.route)).not.toContain("POST /sessions/p1/close");
  });
});

describe("attach", () => {
  test("is left by a signal although memory was collected since its stream began", async () => {
    await using server = new FixtureServer({
      "GET /sessions/p1": () => ({ json: sessionView({ headSeq: 0 }) }),
      "GET /sessions/p1/events": ({ headers }) =>
        headers.accept === "application/json"
          ? { json: { items: [], next: null } }
          : eventStream(envelopes(...turnEvents("hello"))),
    });
    const stop = new AbortController();
    const { promise: isShown, resolve: shown } = Promise.withResolvers<void>();
    const onOutput = (text: string) => void (text.includes("hello") && shown());
    const left = runCli(["attach", "p1"], { env: await server.start(), signal: stop.signal, onOutput });
    await isShown;
    await collectGarbage();
    stop.abort();
    expect((await left).stderr).toContain("optio attach p1");
  });

  test("shows history, then sends the lines it is given", async () => {
    const history = envelopes(...turnEvents("hello"));
    const sent: unknown[] = [];
    const { promise: wasSent, resolve } = Promise.withResolvers<void>();
    await using server = new FixtureServer({
      "GET /sessions/p1": () => ({ json: sessionView({ headSeq: 6 }) }),
      "GET /sessions/p1/events": ({ query, headers }) =>
        headers.accept === "application/json"
          ? { json: { items: history.slice(-Number(query.get("limit"))), next: null } }
          : eventStream([]),
      "POST /sessions/p1/turns": ({ body }) => {
        sent.push(body);
        if (sent.length === 2) resolve();
        return { status: 202, json: { messageId: "m", state: "queued" } };
      },
      "POST /sessions/p1/interrupt": () => problem(409, "no-active-turn", "no turn is running"),
    });
    const stop = new AbortController();
    void wasSent.then(() => stop.abort());
    const stdin = "one\n/interrupt\n/steer two\n";
    const { code, stdout } = await runCli(["attach", "p1", "--tail", "2"], {
      env: await server.start(),
      stdin,
      signal: stop.signal,
    });
    expect(code).toBe(0);
    expect(sent).toEqual([
      { text: "one", mode: "auto" },
      { text: "two", mode: "steer" },
    ]);
    expect(stdout).toContain("… earlier events: --tail\nhello\n— turn completed\n");
    expect(stdout).toContain("no turn is running (no-active-turn)\n");
    expect(server.requests.find(({ query }) => query.has("before"))?.query.get("before")).toBe("7");
  });

  test("of a session that has ended shows its history and is done", async () => {
    await using server = new FixtureServer({
      "GET /sessions/p1": () => ({ json: sessionView({ headSeq: 6, state: "done", phase: "ended" }) }),
      "GET /sessions/p1/events": () => ({ json: { items: envelopes(...turnEvents("hello")), next: null } }),
    });
    const { code, stdout } = await runCli(["attach", "p1"], { env: await server.start() });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "> hi\nhello\n— turn completed · 5.0 s\n" });
  });
});

describe("send", () => {
  test("tells the state of the message", async () => {
    await using server = new FixtureServer({
      "POST /sessions/p1/turns": () => ({ status: 202, json: { messageId: "m1", state: "queued" } }),
    });
    const { stdout } = await runCli(["send", "p1", "-", "--mode", "queue"], {
      env: await server.start(),
      stdin: "text\n",
    });
    expect(stdout).toBe("queued m1\n");
    expect(server.requests[0]?.body).toEqual({ text: "text", mode: "queue" });
  });

  test("--wait waits for the turn of its own message, not for the one before it", async () => {
    const all = envelopes(...turnEvents("earlier"), ...turnEvents("mine", { turnId: "turn-2" }));
    await using server = new FixtureServer({
      "GET /sessions/p1": () => ({ json: sessionView({ headSeq: 3 }) }),
      "POST /sessions/p1/turns": () => ({ status: 202, json: { messageId: "message-turn-2", state: "queued" } }),
      "GET /sessions/p1/events": ({ query }) => eventStream(all.slice(Number(query.get("after")))),
    });
    const { code, stdout } = await runCli(["send", "p1", "x", "--wait"], { env: await server.start() });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "mine\n" });
  });
});

test("cancel --wait fails when the run goes on", async () => {
  let state: ProcessState = "cancelled";
  await using server = new FixtureServer({ "POST /processes/p1/cancel": () => ({ json: processSummary({ state }) }) });
  const env = await server.start();
  expect(await runCli(["cancel", "p1", "--wait"], { env })).toMatchObject({
    code: 0,
    stdout: "p1: cancelled (run 1)\n",
  });
  state = "cancelling";
  expect(await runCli(["cancel", "p1", "--wait", "5"], { env })).toMatchObject({ code: 1 });
  expect(await runCli(["cancel", "p1"], { env })).toMatchObject({ code: 0 });
  expect(server.requests.map(({ body }) => body)).toEqual([{ waitMs: 30_000 }, { waitMs: 5000 }, { waitMs: 0 }]);
});

test("token create prints the secret alone, ls never does, rm revokes", async () => {
  const record = { id: "tok_1", name: "ann", role: "viewer", createdAt: "2026-01-01T00:00:00.000Z", lastUsedAt: null };
  await using server = new FixtureServer({
    "POST /tokens": () => ({ status: 201, json: { ...record, token: "optio_secret" } }),
    "GET /tokens": () => ({ json: { items: [record], next: null } }),
    "DELETE /tokens/tok_1": () => ({ json: {} }),
  });
  const env = await server.start();
  expect((await runCli(["token", "create", "ann", "--role", "viewer"], { env })).stdout).toBe("optio_secret\n");
  expect((await runCli(["token", "ls"], { env })).stdout).toContain("tok_1  ann   viewer  1m   never\n");
  expect((await runCli(["token", "rm", "tok_1"], { env })).stdout).toBe("revoked tok_1\n");
});

/** Collects what nothing refers to any more, and lets what was waiting for that run. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("this Node does not let its garbage be collected");
  for (let round = 0; round < 3; round += 1) {
    collect();
    await setImmediate();
  }
}
