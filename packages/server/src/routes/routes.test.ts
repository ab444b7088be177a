import type { RouteDef } from "@optio/contract";
import { API_PREFIX, createApiClient, OptioError, ROUTES, unwrap } from "@optio/contract";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { z } from "zod";
import type { TestServer } from "../server.test-support.ts";
import { startTestServer } from "../server.test-support.ts";

let served: TestServer;
let base: string;

beforeAll(async () => {
  served = await startTestServer();
  base = (await served.server.listen({ port: 0 })).url;
});
beforeEach(() => void served.calls.splice(0));
afterAll(() => served[Symbol.asyncDispose]());

function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(base + API_PREFIX + path, {
    method,
    headers: {
      authorization: `Bearer ${served.tokens.admin}`,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const CASES: readonly (readonly [route: string, path: string, body: unknown, call: unknown])[] = [
  ["GET /health", "/health", undefined, undefined],
  ["GET /openapi.json", "/openapi.json", undefined, undefined],
  ["GET /agents", "/agents", undefined, { name: "agents", args: [] }],
  ["GET /me", "/me", undefined, undefined],
  ["POST /logout", "/logout", undefined, undefined],
  [
    "GET /processes",
    `/processes?state=running&q=x&limit=5&cursor=c&filter=${encodeURIComponent('{"metadata.team":{"in":["a"]}}')}`,
    undefined,
    {
      name: "processes.list",
      args: [{ state: "running", q: "x", limit: 5, cursor: "c", filter: { "metadata.team": { in: ["a"] } } }],
    },
  ],
  ["GET /processes/:id", "/processes/s1", undefined, { name: "processes.get", args: ["s1"] }],
  [
    "GET /processes/:id/tree",
    "/processes/s1/tree?limit=7",
    undefined,
    { name: "processes.tree", args: ["s1", { limit: 7 }] },
  ],
  [
    "GET /processes/:id/log",
    "/processes/s1/log?before=9&level=warning&run=2&q=x",
    undefined,
    { name: "processes.log", args: ["s1", { limit: 100, before: 9, level: "warning", run: 2, q: "x" }] },
  ],
  [
    "POST /groups/cancel",
    "/groups/cancel",
    { filter: { "metadata.team": "a" }, block: true, persist: true, reason: "r", purge: true },
    {
      name: "groups.cancel",
      args: [{ filter: { "metadata.team": "a" }, waitMs: 0, block: true, persist: true, reason: "r", purge: true }],
    },
  ],
  ["GET /blocks", "/blocks", undefined, { name: "blocks.list", args: [] }],
  [
    "POST /blocks",
    "/blocks",
    { filter: { kind: "task" }, reason: "r" },
    { name: "blocks.add", args: [{ filter: { kind: "task" }, reason: "r", persistent: true }] },
  ],
  [
    "DELETE /blocks",
    `/blocks?filter=${encodeURIComponent('{"kind":"task"}')}`,
    undefined,
    { name: "blocks.lift", args: [{ filter: { kind: "task" } }] },
  ],
  [
    "POST /resync",
    "/resync",
    { clean: true, filter: { "metadata.team": "a" } },
    { name: "resync", args: [{ clean: true, filter: { "metadata.team": "a" } }] },
  ],
  [
    "POST /processes/:id/launch",
    "/processes/s1/launch",
    { resume: true },
    { name: "processes.launch", args: ["s1", { resume: true }] },
  ],
  [
    "POST /processes/:id/cancel",
    "/processes/s1/cancel",
    undefined,
    { name: "processes.cancel", args: ["s1", { waitMs: 0 }] },
  ],
  ["POST /processes/:id/dismiss", "/processes/s1/dismiss", {}, { name: "processes.dismiss", args: ["s1"] }],
  [
    "POST /sessions",
    "/sessions",
    { agent: "codex", prompt: "p", someKey: 1 },
    { name: "sessions.create", args: ["codex", { prompt: "p", someKey: 1 }, { given: "json", canAnswer: true }] },
  ],
  ["GET /sessions/:id", "/sessions/s1", undefined, { name: "sessions.get", args: ["s1"] }],
  [
    "POST /sessions/:id/turns",
    "/sessions/s1/turns",
    { text: "hi" },
    { name: "sessions.send", args: ["s1", { text: "hi", mode: "auto" }] },
  ],
  [
    "PUT /sessions/:id/queue/:messageId",
    "/sessions/s1/queue/m1",
    { text: "new" },
    { name: "sessions.editMessage", args: ["s1", "m1", "new"] },
  ],
  [
    "DELETE /sessions/:id/queue/:messageId",
    "/sessions/s1/queue/m1",
    undefined,
    { name: "sessions.dropMessage", args: ["s1", "m1"] },
  ],
  ["POST /sessions/:id/interrupt", "/sessions/s1/interrupt", undefined, { name: "sessions.interrupt", args: ["s1"] }],
  ["POST /sessions/:id/close", "/sessions/s1/close", undefined, { name: "sessions.close", args: ["s1"] }],
  [
    "POST /sessions/:id/login",
    "/sessions/s1/login",
    { type: "apiKey", apiKey: "k" },
    { name: "sessions.login", args: ["s1", { type: "apiKey", apiKey: "k" }] },
  ],
  [
    "GET /decisions",
    "/decisions?state=pending",
    undefined,
    { name: "decisions.list", args: [{ state: "pending", limit: 100 }] },
  ],
  ["GET /decisions/:id", "/decisions/d1", undefined, { name: "decisions.get", args: ["d1"] }],
  [
    "POST /decisions/:id",
    "/decisions/d1",
    { decision: "accept", message: "m" },
    { name: "decisions.answer", args: ["d1", { decision: "accept", message: "m" }, { name: "the admin" }, undefined] },
  ],
  ["GET /tokens", "/tokens", undefined, undefined],
  ["POST /tokens", "/tokens", { name: "t", role: "viewer" }, undefined],
];
/** Told by their own tests. */
const ELSEWHERE = ["GET /metrics", "POST /login", "GET /feed", "GET /sessions/:id/events", "DELETE /tokens/:id"];

describe("each route calls the engine and answers in the shape of the route table", () => {
  const routes: readonly RouteDef[] = ROUTES;
  const landed = routes.filter((route) => route.landed).map((route) => `${route.method} ${route.path}`);

  test("every landed route is tested", () => {
    expect([...CASES.map(([route]) => route), ...ELSEWHERE].sort()).toEqual([...landed].sort());
  });

  test.each(CASES)("%s", async (key, path, body, expected) => {
    const route = routes.find(({ method, path: template }) => `${method} ${template}` === key);
    const response = await call(route?.method ?? "", path, body);
    expect(response.status).toBe(route?.status);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(served.calls).toEqual(expected === undefined ? [] : [expected]);
    if (route?.response) expectShape(route.response, await response.json());
    else expect(await response.text()).toBe("");
  });
});

describe("a body", () => {
  test("of 5 MB is taken whole", async () => {
    const text = "é".repeat((5 * 1024 * 1024) / 2);
    expect((await call("POST", "/sessions/s1/turns", { text })).status).toBe(202);
    expect(served.calls).toEqual([{ name: "sessions.send", args: ["s1", { text, mode: "auto" }] }]);
  });

  test.each([
    ["/sessions", 33 * 1024 * 1024, "32 MB"],
    ["/sessions/s1/login", 300 * 1024, "256 KB"],
  ])("over the limit of %s is refused over a real connection, naming it", async (path, size, words) => {
    const response = await call("POST", path, { text: "x".repeat(size) });
    expect(response.status).toBe(413);
    expect(((await response.json()) as { detail: string }).detail).toContain(words);
  });

  test("without a length is cut at the limit", async () => {
    const chunk = new TextEncoder().encode(" ".repeat(64 * 1024));
    let left = 16;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => (left-- > 0 ? controller.enqueue(chunk) : controller.close()),
    });
    const headers = { authorization: `Bearer ${served.tokens.admin}`, "content-type": "application/json" };
    const init: RequestInit & { duplex: "half" } = { method: "POST", headers, body, duplex: "half" };
    const response = await fetch(`${base}/api/tokens`, init);
    expect(response.status).toBe(413);
  });
});

test("keys of one's own cannot be told from a prototype's", async () => {
  const response = await call("POST", "/sessions/s1/turns", { text: "a", constructor: 1 });
  expect(response.status).toBe(422);
  expect(Object.hasOwn(Object.prototype, "admin")).toBe(false);
});

test("the typed client gets answers and errors", async () => {
  const client = createApiClient({ baseUrl: base, token: served.tokens.operator });
  expect(await unwrap(client.GET("/sessions/{id}", { params: { path: { id: "s1" } } }))).toMatchObject({ id: "s1" });
  const missing = unwrap(client.GET("/sessions/{id}", { params: { path: { id: "s2" } } }));
  await expect(missing).rejects.toMatchObject({ code: "not-found", status: 404 });
});

describe("errors of the engine", () => {
  test("keep their code, words and data", async () => {
    served.stub("sessions.interrupt", () => {
      throw new OptioError("no-active-turn", "no turn is running in 's1'", { data: { id: "s1" } });
    });
    const response = await call("POST", "/sessions/s1/interrupt");
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({
      code: "no-active-turn",
      detail: "no turn is running in 's1'",
      retryable: false,
      data: { id: "s1" },
    });
  });

  test.each([
    ["a plain error", new Error("password is hunter2")],
    ["an internal one", new OptioError("internal", "password is hunter2", { data: { password: "hunter2" } })],
    ["no error at all", "password is hunter2"],
  ])("of ours tell nothing but an id: %s", async (_what, thrown) => {
    served.stub("sessions.close", () => {
      throw thrown;
    });
    const response = await call("POST", "/sessions/s1/close");
    const problem = (await response.json()) as { code: string; detail: string };
    expect([response.status, problem.code]).toEqual([500, "internal"]);
    expect(JSON.stringify(problem)).not.toContain("hunter2");
    const errorId = problem.detail.split(" ").at(-1);
    expect(served.log.find((line) => line.fields.errorId === errorId)?.fields.stack).toContain("hunter2");
  });
});

test("the log has no query, where a login code may be", async () => {
  await fetch(`${base}/login?code=secret-code`);
  await call("GET", "/processes?q=secret-code");
  expect(JSON.stringify(served.log)).not.toContain("secret-code");
  expect(served.log).toContainEqual(expect.objectContaining({ message: "request" }));
});

function expectShape(schema: z.ZodType, value: unknown): void {
  expect(schema.safeParse(value).error).toBeUndefined();
}
