import type { LightMyRequestResponse } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TestServer } from "../server.test-support.ts";
import { startTestServer } from "../server.test-support.ts";
import { LOGIN_TTL_MS } from "./login-cookie.ts";
import { createLoginCode, ensureAdminToken, LOGIN_CODE_TTL_MS, PRESET_TOKEN_NAME } from "./tokens.ts";

let served: TestServer;

beforeEach(async () => {
  served = await startTestServer();
});
afterEach(() => served[Symbol.asyncDispose]());

function login(payload: object, options: { address?: string; headers?: Record<string, string> } = {}) {
  return served.server.inject({
    method: "POST",
    url: "/api/login",
    payload,
    remoteAddress: options.address ?? "127.0.0.1",
    headers: options.headers ?? {},
  });
}

function cookieOf(response: LightMyRequestResponse): { name: string; value: string } {
  const [cookie] = response.cookies;
  if (!cookie) throw new Error("no cookie came");
  return cookie;
}

function me(cookie: { name: string; value: string }, headers: Record<string, string> = {}) {
  return served.server.inject({ url: "/api/me", cookies: { [cookie.name]: cookie.value }, headers });
}

async function idOf(role: string): Promise<string> {
  const { items } = await served.store.tokens.list({ limit: 100 });
  return items.find((token) => token.role === role)?.id ?? "";
}

describe("login", () => {
  test("with a token gives a cookie that scripts and other sites cannot use", async () => {
    const response = await login({ token: served.tokens.operator });
    expect([response.statusCode, response.json()]).toEqual([200, { name: "the operator", role: "operator" }]);
    expect(response.cookies[0]).toMatchObject({
      httpOnly: true,
      sameSite: "Strict",
      path: "/",
      maxAge: LOGIN_TTL_MS / 1000,
    });
    expect(response.cookies[0]).not.toHaveProperty("secure");
    expect(response.headers["set-cookie"]).not.toContain(served.tokens.operator);
    expect((await me(cookieOf(response))).json()).toEqual({ name: "the operator", role: "operator" });
  });

  test("over https keeps the cookie off plain connections", async () => {
    await using secure = await startTestServer({ baseUrl: "https://box.example" });
    const response = await secure.server.inject({
      method: "POST",
      url: "/api/login",
      headers: { host: "box.example", origin: "https://box.example" },
      payload: { token: secure.tokens.viewer },
    });
    expect(response.cookies[0]).toMatchObject({ secure: true });
  });

  test("with a one-time code works once", async () => {
    const code = await createLoginCode(served.store, { clock: served.clock });
    expect((await login({ code })).json()).toEqual({ name: "the admin", role: "admin" });
    expect((await login({ code })).statusCode).toBe(401);
  });

  test("with a one-time code works for ten minutes", async () => {
    const code = await createLoginCode(served.store, { clock: served.clock });
    served.clock.advance(LOGIN_CODE_TTL_MS);
    expect((await login({ code })).statusCode).toBe(401);
  });

  test("ends with logout", async () => {
    const cookie = cookieOf(await login({ token: served.tokens.viewer }));
    const response = await served.server.inject({
      method: "POST",
      url: "/api/logout",
      cookies: { [cookie.name]: cookie.value },
    });
    expect(response.statusCode).toBe(204);
    expect(response.cookies[0]).toMatchObject({ name: cookie.name, value: "" });
  });

  test("ends when its token is revoked", async () => {
    const cookie = cookieOf(await login({ token: served.tokens.viewer }));
    await served.store.tokens.remove(await idOf("viewer"));
    expect((await me(cookie)).statusCode).toBe(401);
  });

  test("ends after thirty days", async () => {
    const cookie = cookieOf(await login({ token: served.tokens.viewer }));
    served.clock.advance(LOGIN_TTL_MS - 1);
    expect((await me(cookie)).statusCode).toBe(200);
    served.clock.advance(1);
    expect((await me(cookie)).statusCode).toBe(401);
  });

  test("is not had by a cookie that somebody wrote", async () => {
    const { name, value } = cookieOf(await login({ token: served.tokens.viewer }));
    const [, expiresAt = "", signature = ""] = value.split(".");
    const admin = await idOf("admin");
    const forged = [
      `${admin}.${expiresAt}.${signature}`,
      `${admin}.${expiresAt}.`,
      admin,
      "",
      `${value}x`,
      value.slice(0, -1),
    ];
    for (const each of forged) expect((await me({ name, value: each })).statusCode).toBe(401);
  });

  test("does not help a request whose bearer token is wrong", async () => {
    const cookie = cookieOf(await login({ token: served.tokens.viewer }));
    expect((await me(cookie, { authorization: "Bearer wrong" })).statusCode).toBe(401);
  });

  test("is slowed down after ten failures of an address within a minute", async () => {
    for (let i = 0; i < 10; i++) expect((await login({ token: "wrong" })).statusCode).toBe(401);
    const refused = await login({ token: served.tokens.admin });
    expect([refused.statusCode, refused.json().code]).toEqual([429, "rate-limited"]);
    expect(refused.headers["retry-after"]).toBe("60");
    expect((await login({ token: served.tokens.admin }, { address: "10.0.0.9" })).statusCode).toBe(200);
    served.clock.advance(59_000);
    expect((await login({ token: "wrong" })).headers["retry-after"]).toBe("1");
    served.clock.advance(1000);
    expect((await login({ token: served.tokens.admin })).statusCode).toBe(200);
  });
});

test("many logins at once are counted like one after the other", async () => {
  const answers = await Promise.all(Array.from({ length: 30 }, () => login({ token: "wrong" })));
  expect(answers.filter((answer) => answer.statusCode === 401)).toHaveLength(10);
  expect(answers.filter((answer) => answer.statusCode === 429)).toHaveLength(20);
});

test("logins that succeed are not counted", async () => {
  for (let i = 0; i < 12; i++) expect((await login({ token: served.tokens.viewer })).statusCode).toBe(200);
});

describe("tokens", () => {
  const call = (method: "GET" | "POST" | "DELETE", path: string, payload?: object) =>
    served.server.inject({
      method,
      url: `/api/tokens${path}`,
      headers: { authorization: `Bearer ${served.tokens.admin}` },
      ...(payload ? { payload } : {}),
    });

  test("show their secret when they are created and never again", async () => {
    const created = (await call("POST", "", { name: "ci", role: "operator" })).json();
    expect(created).toMatchObject({ name: "ci", role: "operator", lastUsedAt: null });
    const headers = { authorization: `Bearer ${created.token}` };
    expect((await served.server.inject({ url: "/api/me", headers })).json()).toEqual({ name: "ci", role: "operator" });
    const list = await call("GET", "");
    const { token, ...record } = created;
    expect(list.json().items).toContainEqual({ ...record, lastUsedAt: new Date(served.clock.now()).toISOString() });
    expect(list.body).not.toContain(token);
    expect(list.body).not.toMatch(/hash/i);
  });

  test("are listed in pages", async () => {
    const first = (await call("GET", "?limit=2")).json();
    const second = (await call("GET", `?limit=2&cursor=${encodeURIComponent(first.next)}`)).json();
    expect([first.items.length, second.items.length, second.next]).toEqual([2, 1, null]);
    expect((await call("GET", "?cursor=nonsense")).statusCode).toBe(422);
  });

  test("stop working when they are revoked", async () => {
    expect((await call("DELETE", `/${await idOf("viewer")}`)).statusCode).toBe(204);
    const headers = { authorization: `Bearer ${served.tokens.viewer}` };
    expect((await served.server.inject({ url: "/api/me", headers })).statusCode).toBe(401);
    expect((await call("DELETE", "/tok_unknown")).statusCode).toBe(404);
  });

  test("of an admin stay when there is no other", async () => {
    const first = await idOf("admin");
    const refused = await call("DELETE", `/${first}`);
    expect([refused.statusCode, refused.json().code]).toEqual([422, "contradiction"]);
    const second = (await call("POST", "", { name: "second", role: "admin" })).json();
    const both = await Promise.all([call("DELETE", `/${second.id}`), call("DELETE", `/${first}`)]);
    expect(both.map((response) => response.statusCode).sort()).toEqual([204, 422]);
  });
});

describe("the admin token of the first start", () => {
  test("is created once, and its secret is shown then", async () => {
    await using fresh = await startTestServer();
    for (const token of (await fresh.store.tokens.list({ limit: 10 })).items) await fresh.store.tokens.remove(token.id);
    const first = await ensureAdminToken({ store: fresh.store });
    expect(first.created).toBe(true);
    const headers = { authorization: `Bearer ${first.token}` };
    expect((await fresh.server.inject({ url: "/api/me", headers })).json()).toEqual({ name: "admin", role: "admin" });
    expect(await ensureAdminToken({ store: fresh.store })).toEqual({ created: false });
  });

  test("may be preset, and the next preset takes its place", async () => {
    const use = async (preset: string) =>
      (await served.server.inject({ url: "/api/me", headers: { authorization: `Bearer ${preset}` } })).statusCode;
    expect(await ensureAdminToken({ store: served.store, preset: "first" })).toEqual({ created: true });
    expect(await ensureAdminToken({ store: served.store, preset: "first" })).toEqual({ created: false });
    expect(await use("first")).toBe(200);
    await ensureAdminToken({ store: served.store, preset: "second" });
    expect([await use("first"), await use("second")]).toEqual([401, 200]);
    const { items } = await served.store.tokens.list({ limit: 10 });
    expect(items.filter((token) => token.name === PRESET_TOKEN_NAME)).toHaveLength(1);
  });

  test.each(["", "a b", "é", "a\n"])("is refused when it cannot travel in a header: %j", async (preset) => {
    await expect(ensureAdminToken({ store: served.store, preset })).rejects.toMatchObject({ code: "invalid" });
  });
});
