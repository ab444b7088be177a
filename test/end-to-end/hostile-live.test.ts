import type { RouteDef } from "@optio/contract";
import { API_PREFIX, BODY_LIMIT_BYTES, ROUTES, unwrap } from "@optio/contract";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { RawRequest } from "../support/raw-request.ts";
import { sendRaw } from "../support/raw-request.ts";
import { answersIn, messagesIn } from "../support/read-log.ts";
import { scripted, World } from "../support/world.ts";

const SESSION = "target";
const JSON_BODY = { "content-type": "application/json" };
/** The longest input that codex takes, in characters. */
const MAX_INPUT_CHARS = 1024 * 1024;

const routes: readonly RouteDef[] = ROUTES;
const closed = routes.filter((route) => route.role !== "open");
const mutating = closed.filter((route) => route.method !== "GET" && route.path !== "/logout");
const withBody = routes.filter((route) => route.landed && route.body !== undefined);
const withParams = routes.filter((route) => route.landed && route.params !== undefined);

let world: World;
let viewer: string;
/** What stands in the place of each parameter: things that are there. */
let real: Readonly<Record<string, string>>;
let before: unknown;

beforeAll(async () => {
  world = await World.create();
  await world.start();
  viewer = await world.createToken("viewer");
  const log = world.follow(SESSION);
  const prompt = scripted({ run: "touch ran", escalate: "may I?" }, { say: "decided" });
  await world.createSession({ id: SESSION, prompt });
  const { decision } = await log.until({ type: "decision.requested" });
  const { messageId } = await world.send(SESSION, "queued");
  const [token] = (await unwrap(world.client.GET("/tokens"))).items;
  real = {
    "/sessions": SESSION,
    "/processes": SESSION,
    "/decisions": decision.id,
    "/tokens": token?.id ?? "",
    messageId,
  };
  before = await standing();
});
afterEach(async () => {
  expect(await standing()).toEqual(before);
});
afterAll(() => world[Symbol.asyncDispose]());

test("a foreign Host is refused before everything else", async () => {
  const headers = { host: "evil.example", origin: "http://evil.example", authorization: "Bearer wrong" };
  await expectAll(routes, { headers }, 421, "host-not-allowed");
});

test("a foreign Origin is refused before the token is looked at, for GET too", async () => {
  const headers = { origin: "http://evil.example", authorization: "Bearer wrong" };
  await expectAll(routes, { headers }, 403, "origin-not-allowed");
});

test("without a token nothing is told, whatever the body", async () => {
  await expectAll(closed, { headers: { authorization: "" }, body: "{ malformed" }, 401, "unauthorized");
});

test("a viewer's token changes nothing: the role comes before the body and before what has not landed", async () => {
  const headers = { ...JSON_BODY, authorization: `Bearer ${viewer}` };
  await expectAll(mutating, { headers, body: "{ malformed" }, 403, "forbidden");
});

test("a part that has not landed says so", async () => {
  await expectAll(
    routes.filter((route) => !route.landed),
    {},
    501,
    "not-available",
  );
});

test("a body that is no JSON, has the wrong type or is too large is refused", async () => {
  await expectAll(withBody, { headers: JSON_BODY, body: '{"a":' }, 400, "bad-request");
  await expectAll(withBody, { headers: JSON_BODY, body: "[]" }, 422, "invalid");
  for (const route of withBody) {
    const announced = { ...JSON_BODY, "content-length": String((route.bodyLimitBytes ?? BODY_LIMIT_BYTES) + 1) };
    await expectAll([route], { headers: announced }, 413, "too-large");
  }
});

test.each([
  "..",
  "..%2f..%2fetc%2fpasswd",
  "%2e%2e%2f%2e%2e%2fsecret.key",
  "%00",
  "a%2fb",
  "%",
  "%ff",
  "x".repeat(300),
])("an id that cannot be one leads nowhere: %s", async (id) => {
  for (const route of withParams) {
    const body = route.body === undefined ? {} : { headers: JSON_BODY, body: "{}" };
    const { status, code } = await send(route, { ...body, path: API_PREFIX + route.path.replace(/:\w+/g, id) });
    expect([`404 not-found`, `422 invalid`], `${route.method} ${route.path}`).toContain(`${status} ${code}`);
  }
});

test.each(["/api/nothing", "/api/sessions/target/nothing", "//api/tokens", "/api%2ftokens", "/api/../secret.key"])(
  "the unknown route %s tells nothing without a token and 404 with one",
  async (path) => {
    for (const method of ["GET", "POST", "DELETE"]) {
      expect(await sendRaw(world.url, { method, path })).toMatchObject({ status: 401, code: "unauthorized" });
      const headers = { authorization: `Bearer ${world.token}` };
      expect(await sendRaw(world.url, { method, path, headers })).toMatchObject({ status: 404, code: "not-found" });
    }
  },
);

test.each([
  "/../../secret.key",
  "/%2e%2e/%2e%2e/secret.key",
  "/assets/..%2f..%2f..%2fpackage.json",
  "/..%5csecret.key",
])("the static path %s leads to no file", async (path) => {
  const { status, detail } = await sendRaw(world.url, { method: "GET", path });
  expect([200, 400, 404, 422]).toContain(status);
  // a path that is no file is a page of the dashboard
  if (status === 200) expect(detail).toContain('<div id="root">');
  expect(detail).not.toContain('"version"');
});

test("a prompt or message of 5 MB is refused naming the limit, and makes nothing", async () => {
  const text = "x".repeat(5 * 1024 * 1024);
  const refusal = { code: "too-large", status: 413, message: expect.stringContaining(String(MAX_INPUT_CHARS)) };
  await expect(world.createSession({ prompt: text })).rejects.toMatchObject(refusal);
  await expect(world.send(SESSION, text)).rejects.toMatchObject(refusal);
  const params = { path: { id: SESSION, messageId: real.messageId ?? "" } };
  await expect(
    unwrap(world.client.PUT("/sessions/{id}/queue/{messageId}", { params, body: { text } })),
  ).rejects.toMatchObject(refusal);
});

test("the longest prompt and message that codex takes work", async () => {
  const text = "é".repeat(MAX_INPUT_CHARS);
  world.model.addScript({ firstText: text }, [[{ say: "read all of it" }], [{ say: "and again" }]]);
  const { id } = await world.createSession({ prompt: text });
  const log = world.follow(id);
  await log.untilTurns(1);
  await world.send(id, text);
  await log.untilTurns(2);
  const stored = await world.log(id);
  expect(answersIn(stored)).toEqual(["read all of it", "and again"]);
  expect(messagesIn(stored).map((message) => message === text)).toEqual([true, true]);
  await world.close(id);
  await log.until({ type: "session.ended" });
  before = await standing();
});

/** Everything that a request could change. */
async function standing() {
  const { client } = world;
  const [processes, tokens, view, log] = await Promise.all([
    unwrap(client.GET("/processes")),
    unwrap(client.GET("/tokens")),
    world.view(SESSION),
    world.log(SESSION),
  ]);
  return {
    processes: processes.items.map(({ id, state, run }) => ({ id, state, run })),
    tokens: tokens.items.map(({ id, name, role }) => ({ id, name, role })),
    view,
    seqs: log.map(({ seq }) => seq),
  };
}

async function expectAll(list: readonly RouteDef[], options: Partial<RawRequest>, status: number, code: string) {
  const name = ({ method, path }: RouteDef) => `${method} ${path}`;
  const answers: string[] = [];
  for (const route of list) {
    const answer = await send(route, options);
    answers.push(`${name(route)} ${answer.status} ${answer.code}`);
  }
  expect(answers).toEqual(list.map((route) => `${name(route)} ${status} ${code}`));
}

/** The admin's request to things that are there, but for what the options change. */
function send({ method, path }: RouteDef, { headers, ...options }: Partial<RawRequest>) {
  const prefix = path.slice(0, path.indexOf("/", 1));
  const filled = path.replace(/:(\w+)/g, (_, name: string) => real[name] ?? real[prefix] ?? "x");
  return sendRaw(world.url, {
    method,
    path: API_PREFIX + filled,
    ...options,
    headers: { authorization: `Bearer ${world.token}`, ...headers },
  });
}
