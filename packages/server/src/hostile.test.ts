import type { RouteDef } from "@optio/contract";
import {
  API_PREFIX,
  BODY_LIMIT_BYTES,
  errorEntry,
  PROMPT_BODY_LIMIT_BYTES,
  problemSchema,
  ROUTES,
} from "@optio/contract";
import type { InjectOptions, LightMyRequestResponse } from "fastify";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { TestServer } from "./server.test-support.ts";
import { startTestServer } from "./server.test-support.ts";

const routes: readonly RouteDef[] = ROUTES;
const named = (list: readonly RouteDef[]) => list.map((route) => [`${route.method} ${route.path}`, route] as const);
const closed = routes.filter((route) => route.role !== "open");
const mutating = closed.filter((route) => route.method !== "GET" && route.path !== "/logout");
const withBody = routes.filter((route) => route.landed && route.body !== undefined);
const withId = routes.filter((route) => route.landed && route.params !== undefined);

let served: TestServer;
let tokensBefore: number;

beforeAll(async () => {
  served = await startTestServer();
  tokensBefore = await served.store.tokens.count();
});
afterEach(async () => {
  // nothing that was refused reached the engine or made a token
  expect(served.calls.splice(0)).toEqual([]);
  expect(await served.store.tokens.count()).toBe(tokensBefore);
});
afterAll(() => served[Symbol.asyncDispose]());

/** A request that every check of the door lets through, but for what the options change. */
function call(route: RouteDef, options: Partial<InjectOptions> = {}): Promise<LightMyRequestResponse> {
  return served.server.inject({
    method: route.method,
    url: urlOf(route),
    ...options,
    headers: { authorization: `Bearer ${served.tokens.admin}`, ...options.headers },
  });
}

function urlOf(route: RouteDef, id = "s1"): string {
  return API_PREFIX + route.path.replace(/:\w+/g, id);
}

function expectProblem(response: LightMyRequestResponse, status: number, code: string): string {
  expect({ status: response.statusCode, code: response.json<{ code: string }>().code }).toEqual({ status, code });
  expect(response.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
  const problem = problemSchema.parse(response.json());
  expect(problem).toMatchObject({ status, type: `/docs/errors#${code}`, title: errorEntry(code).when });
  return problem.detail;
}

describe("a foreign Host is refused first", () => {
  test.each(named(routes))("%s", async (_name, route) => {
    const headers = { host: "evil.example", origin: "http://evil.example", authorization: "Bearer wrong" };
    expect(expectProblem(await call(route, { headers }), 421, "host-not-allowed")).toContain("evil.example");
  });

  test.each(["/", "/login", "/s/x", "/assets/a.js", "/nowhere"])("static %s", async (url) => {
    const response = await served.server.inject({ url, headers: { host: "evil.example:80" } });
    expectProblem(response, 421, "host-not-allowed");
  });
});

describe("a foreign Origin is refused before the token", () => {
  test.each(named(routes))("%s", async (_name, route) => {
    for (const origin of ["http://evil.example", "null", "http://localhost:3000"]) {
      const response = await call(route, { headers: { origin, authorization: "Bearer wrong" } });
      expectProblem(response, 403, "origin-not-allowed");
    }
  });
});

describe("without a valid token nothing is told", () => {
  test.each(named(closed))("%s", async (_name, route) => {
    const url = urlOf(route, "nothing-there");
    expectProblem(await served.server.inject({ method: route.method, url }), 401, "unauthorized");
    for (const authorization of ["Bearer wrong", "Bearer", "Basic abc", `bearer ${served.tokens.admin} x`]) {
      expectProblem(await call(route, { url, headers: { authorization } }), 401, "unauthorized");
    }
  });

  test.each(named(closed.filter((route) => route.method !== "GET")))(
    "and no body is read: %s",
    async (_name, route) => {
      const payload = "x".repeat(BODY_LIMIT_BYTES + 1);
      const response = await served.server.inject({ method: route.method, url: urlOf(route), payload });
      expectProblem(response, 401, "unauthorized");
    },
  );
});

describe("a viewer changes nothing", () => {
  test.each(named(mutating))("%s", async (_name, route) => {
    const response = await call(route, {
      headers: { authorization: `Bearer ${served.tokens.viewer}`, "content-type": "application/json" },
      payload: "{ malformed",
    });
    expect(expectProblem(response, 403, "forbidden")).toContain(route.role);
  });

  test.each(named(closed.filter((route) => route.role === "admin")))("nor an operator: %s", async (_name, route) => {
    const response = await call(route, { headers: { authorization: `Bearer ${served.tokens.operator}` } });
    expectProblem(response, 403, "forbidden");
  });
});

describe("a route whose part has not landed says so", () => {
  test.each(named(routes.filter((route) => !route.landed)))("%s", async (_name, route) => {
    expect(expectProblem(await call(route), 501, "not-available")).toContain(route.path);
  });
});

describe("a body that cannot be read is refused", () => {
  const json = { "content-type": "application/json" };
  const unreadable: readonly (readonly [string, Partial<InjectOptions>])[] = [
    ["malformed JSON", { headers: json, payload: '{"a":' }],
    ["text after the JSON", { headers: json, payload: "{}{}" }],
    ["bytes that are not UTF-8", { headers: json, payload: Buffer.from([0x22, 0xff, 0x22]) }],
    ["a key that reaches a prototype", { headers: json, payload: '{"__proto__":{"admin":true}}' }],
    ["the constructor's prototype", { headers: json, payload: '{"constructor":{"prototype":{"admin":true}}}' }],
    ["very deep nesting", { headers: json, payload: "[".repeat(5000) + "]".repeat(5000) }],
    ["plain text", { headers: { "content-type": "text/plain" }, payload: "{}" }],
    ["a form", { headers: { "content-type": "application/x-www-form-urlencoded" }, payload: "a=1" }],
    ["no content type", { payload: "{}" }],
    ["a broken content type", { headers: { "content-type": "application/" }, payload: "{}" }],
  ];
  for (const [what, options] of unreadable) {
    test.each(named(withBody))(`${what}: %s`, async (_name, route) => {
      expectProblem(await call(route, options), 400, "bad-request");
    });
  }
});

describe("a body over its limit is refused naming the limit", () => {
  test.each(named(withBody))("%s", async (_name, route) => {
    const limit = route.bodyLimitBytes ?? BODY_LIMIT_BYTES;
    const payload = JSON.stringify({ text: "x".repeat(limit) });
    const response = await call(route, { headers: { "content-type": "application/json" }, payload });
    const words = limit === PROMPT_BODY_LIMIT_BYTES ? "32 MB" : "256 KB";
    expect(expectProblem(response, 413, "too-large")).toContain(words);
  });
});

describe("a body of the wrong shape is refused", () => {
  test.each(named(withBody))("%s", async (_name, route) => {
    for (const payload of ["null", "[]", "7", '"text"', "true"]) {
      const response = await call(route, { headers: { "content-type": "application/json" }, payload });
      expectProblem(response, 422, "invalid");
    }
  });

  const session = { agent: "codex" };
  test.each([
    ["POST", "/sessions", {}, "agent"],
    ["POST", "/sessions", { agent: "other" }, "other"],
    ["POST", "/sessions", { ...session, agent: 5 }, "agent"],
    ["POST", "/sessions/s1/turns", {}, "text"],
    ["POST", "/sessions/s1/turns", { text: "" }, "text"],
    ["POST", "/sessions/s1/turns", { text: 5 }, "text"],
    ["POST", "/sessions/s1/turns", { text: "a", mode: "never" }, "mode"],
    ["POST", "/sessions/s1/turns", { text: "a", colour: 1 }, "colour"],
    ["PUT", "/sessions/s1/queue/m1", { text: "a", extra: 1 }, "extra"],
    ["POST", "/sessions/s1/login", { type: "magic" }, "type"],
    ["POST", "/sessions/s1/login", { type: "apiKey" }, "apiKey"],
    ["POST", "/processes/s1/launch", { resume: "yes" }, "resume"],
    ["POST", "/processes/s1/cancel", { waitMs: -1 }, "waitMs"],
    ["POST", "/processes/s1/cancel", { waitMs: 1e12 }, "waitMs"],
    ["POST", "/decisions/d1", {}, "decision"],
    ["POST", "/decisions/d1", { decision: "maybe" }, "decision"],
    ["POST", "/processes/s1/launch", { confirmed: true }, "confirmed"],
    ["POST", "/groups/cancel", {}, "filter"],
    ["POST", "/groups/cancel", { filter: { state: "running" }, waitMs: 1e9 }, "waitMs"],
    ["POST", "/groups/cancel", { filter: { state: "running" }, force: true }, "force"],
    ["POST", "/blocks", {}, "filter"],
    ["POST", "/blocks", { filter: { kind: "task" }, reason: "x".repeat(501) }, "reason"],
    ["POST", "/resync", { clean: "yes" }, "clean"],
    ["POST", "/tokens", { name: "x" }, "role"],
    ["POST", "/tokens", { name: "", role: "viewer" }, "name"],
    ["POST", "/tokens", { name: "x", role: "root" }, "role"],
    ["POST", "/login", {}, "token"],
    ["POST", "/login", { token: "a", code: "b" }, "token"],
    ["POST", "/login", { password: "a" }, "password"],
  ] as const)("%s %s %j names the key %s", async (method, path, payload, key) => {
    const headers = { authorization: `Bearer ${served.tokens.admin}` };
    const response = await served.server.inject({ method, url: API_PREFIX + path, headers, payload });
    expect(expectProblem(response, 422, "invalid")).toContain(key);
  });

  test.each(["images", "controls"])("the message key %s has not landed", async (key) => {
    const headers = { authorization: `Bearer ${served.tokens.operator}` };
    const payload = { text: "a", [key]: [] };
    const response = await served.server.inject({ method: "POST", url: "/api/sessions/s1/turns", headers, payload });
    expect(expectProblem(response, 422, "not-available")).toContain(key);
  });
});

describe("an id that cannot be one is refused, whatever it spells", () => {
  const ids = ["..%2f..%2fetc%2fpasswd", "%2e%2e%2f", "..", "%00", "a%2fb", "%", "%zz", "%ff", "x".repeat(300)];
  for (const id of [...ids, "x".repeat(5000), "a b", "é", "%E0%A4%A"]) {
    test.each(named(withId))(`${id.slice(0, 30)}: %s`, async (_name, route) => {
      const payload =
        route.body === undefined ? {} : { headers: { "content-type": "application/json" }, payload: validBody(route) };
      const response = await call(route, { url: urlOf(route, id), ...payload });
      expect([404, 422]).toContain(response.statusCode);
      expectProblem(response, response.statusCode, response.statusCode === 404 ? "not-found" : "invalid");
    });
  }
});

describe("a query that cannot be one is refused", () => {
  test.each([
    ["/processes?limit=0", "limit"],
    ["/processes?limit=501", "limit"],
    ["/processes?limit=x", "limit"],
    ["/processes?limit=1&limit=2", "limit"],
    ["/processes?state=happy", "state"],
    ["/processes?parent=../x", "parent"],
    ["/decisions?state=x", "state"],
    ["/sessions/s1/events?after=-1", "after"],
    ["/sessions/s1/events?after=1.5", "after"],
    ["/sessions/s1/events?after=1e300", "after"],
    ["/sessions/s1/events?before=0", "before"],
    ["/sessions/s1/events?before=5", "before"],
    ["/sessions/s1/events?before=5&after=1", "before"],
    ["/sessions/s1/events?limit=5001", "limit"],
    ["/feed?after=x", "after"],
    ["/processes/s1/log?level=loud", "level"],
    ["/processes/s1/log?run=0", "run"],
    ["/processes/s1/log?after=-1", "after"],
    ["/processes/s1/log?after=1&before=9", "before"],
    ["/processes/s1/tree?limit=0", "limit"],
  ])("%s", async (path, key) => {
    const headers = { authorization: `Bearer ${served.tokens.viewer}` };
    const response = await served.server.inject({ url: API_PREFIX + path, headers });
    expect(expectProblem(response, 422, "invalid")).toContain(key);
  });

  test.each(["/feed", "/sessions/s1/events", "/processes/s1/log"])(
    "a Last-Event-ID that is no number: %s",
    async (path) => {
      const headers = {
        authorization: `Bearer ${served.tokens.viewer}`,
        "last-event-id": "abc",
        accept: "text/event-stream",
      };
      const response = await served.server.inject({ url: API_PREFIX + path, headers });
      expect(expectProblem(response, 422, "invalid")).toContain("Last-Event-ID");
    },
  );

  test.each([
    ["/processes?metadata.team=a", ["metadata.team"]],
    ["/processes?state=running&metadata.team=a&metadata.x=1", ["metadata.team", "metadata.x"]],
    ["/processes?filtre=%7B%7D", ["filtre"]],
    ["/processes?constructor=1", ["constructor"]],
    ["/processes/s1/log?grep=x", ["grep"]],
    ["/processes/s1/tree?depth=1", ["depth"]],
    ["/sessions/s1/events?since=1", ["since"]],
    ["/decisions?process=s1", ["process"]],
    ["/feed?metadata.team=a", ["metadata.team"]],
  ])("A-06: an unknown query key is refused with its name: %s", async (path, keys) => {
    const headers = { authorization: `Bearer ${served.tokens.viewer}` };
    const response = await served.server.inject({ url: API_PREFIX + path, headers });
    const detail = expectProblem(response, 400, "bad-request");
    for (const key of keys) expect(detail).toContain(`'${key}'`);
  });

  const unreadable = ["x", "{", '{"state":}', "", "%7B%22a%22"];
  test.each(unreadable)("A-06: a filter that is no JSON is refused: %j", async (filter) => {
    const headers = { authorization: `Bearer ${served.tokens.viewer}` };
    for (const path of ["/processes", "/feed"]) {
      const url = `${API_PREFIX}${path}?filter=${encodeURIComponent(filter)}`;
      expectProblem(await served.server.inject({ url, headers }), 400, "bad-request");
    }
  });

  test.each([
    [[], "filter"],
    [{ colour: "red" }, "colour"],
    [{ state: { like: "x" } }, "state"],
    [{ depth: { gt: [1] } }, "depth"],
    [{ and: { state: "running" } }, "and"],
  ])("a filter outside the language is refused with its key: %j", async (filter, key) => {
    const headers = { authorization: `Bearer ${served.tokens.admin}` };
    const text = encodeURIComponent(JSON.stringify(filter));
    for (const [method, path] of [
      ["GET", "/processes"],
      ["GET", "/feed"],
      ["DELETE", "/blocks"],
    ] as const) {
      const response = await served.server.inject({ method, url: `${API_PREFIX}${path}?filter=${text}`, headers });
      expect(expectProblem(response, 422, "invalid-filter")).toContain(key);
    }
    for (const path of ["/groups/cancel", "/blocks", "/resync"]) {
      const payload = { filter };
      const response = await served.server.inject({ method: "POST", url: API_PREFIX + path, headers, payload });
      expect(expectProblem(response, 422, "invalid-filter")).toContain(key);
    }
  });

  test.each(["/blocks", "/blocks?id=b1&filter=%7B%7D"])(
    "lifting a block takes its filter or its id: %s",
    async (path) => {
      const headers = { authorization: `Bearer ${served.tokens.admin}` };
      const response = await served.server.inject({ method: "DELETE", url: API_PREFIX + path, headers });
      expect(expectProblem(response, 422, "invalid")).toContain("'filter' and 'id'");
    },
  );
});

describe("a group call", () => {
  test.each(["block", "persist", "purge"])("that asks for %s takes an admin", async (key) => {
    const payload = { filter: { "metadata.team": "a" }, [key]: true };
    const headers = { authorization: `Bearer ${served.tokens.operator}` };
    const response = await served.server.inject({ method: "POST", url: "/api/groups/cancel", headers, payload });
    const detail = expectProblem(response, 403, "forbidden");
    expect(detail).toContain(`'${key}'`);
    expect(detail).toContain("admin");
  });
});

describe("an unknown route", () => {
  const unknown = [
    "/api",
    "/api/",
    "/api/nothing",
    "/api/sessions/s1/nothing",
    "/api/health/",
    "/API/tokens",
    "/api/%zz",
  ];
  const escaped = ["//api/tokens", "/%61pi/nothing", "/api%2ftokens"];

  test.each([...unknown, ...escaped])("%s tells nothing without a token and 404 with one", async (url) => {
    for (const method of ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"] as const) {
      const without = await served.server.inject({ method, url });
      expect(without.statusCode).toBe(401);
      const headers = { authorization: `Bearer ${served.tokens.viewer}` };
      const response = await served.server.inject({ method, url, headers });
      expect(response.statusCode).toBe(404);
      if (method !== "HEAD") expectProblem(response, 404, "not-found");
    }
  });

  test.each(named(routes))("so is the wrong method of %s", async (_name, route) => {
    const matches = (other: RouteDef) => new RegExp(`^${other.path.replace(/:\w+/g, "[^/]+")}$`).test(route.path);
    const used = routes.filter(matches).map((other) => other.method as string);
    for (const method of (["GET", "POST", "PUT", "DELETE", "PATCH"] as const).filter((each) => !used.includes(each))) {
      const without = await served.server.inject({ method, url: urlOf(route) });
      expectProblem(without, 401, "unauthorized");
      expectProblem(await call(route, { method }), 404, "not-found");
    }
  });
});

function validBody(route: RouteDef): string {
  const bodies = [{}, { text: "a" }, { decision: "accept" }, { type: "browser" }, { filter: { kind: "task" } }];
  return JSON.stringify(bodies.find((body) => route.body?.safeParse(body).success) ?? {});
}
