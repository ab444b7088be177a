import { OptioError } from "@optio/contract";
import type { LightMyRequestResponse } from "fastify";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fingerprintOf } from "./idempotency.ts";
import type { TestServer } from "./server.test-support.ts";
import { startTestServer } from "./server.test-support.ts";

let served: TestServer;

beforeEach(async () => {
  served = await startTestServer();
});
afterEach(() => served[Symbol.asyncDispose]());

interface Keyed {
  readonly key?: string;
  readonly role?: "operator" | "admin";
  readonly path?: string;
}

function post(payload: object, { key = "k1", role = "operator", path = "/sessions/s1/turns" }: Keyed = {}) {
  const headers = { authorization: `Bearer ${served.tokens[role]}`, "idempotency-key": key };
  return served.server.inject({ method: "POST", url: `/api${path}`, headers, payload });
}

function answerOf(response: LightMyRequestResponse) {
  return [response.statusCode, response.json(), response.headers["idempotent-replayed"]];
}

test("the same request with the same key is carried out once and answered twice alike", async () => {
  const [first, second] = [await post({ text: "a" }), await post({ text: "a" })];
  expect(answerOf(first)).toEqual([202, { messageId: "m1", state: "queued" }, undefined]);
  expect(answerOf(second)).toEqual([202, { messageId: "m1", state: "queued" }, "true"]);
  expect(served.calls).toHaveLength(1);
});

test("requests with other keys, or without one, are carried out each", async () => {
  await post({ text: "a" }, { key: "k1" });
  await post({ text: "a" }, { key: "k2" });
  const headers = { authorization: `Bearer ${served.tokens.operator}` };
  for (let i = 0; i < 2; i++)
    await served.server.inject({ method: "POST", url: "/api/sessions/s1/turns", headers, payload: { text: "a" } });
  expect(served.calls).toHaveLength(4);
});

test("the same key with another body or path is refused", async () => {
  await post({ text: "a" });
  for (const other of [await post({ text: "b" }), await post({}, { path: "/sessions/s1/close" })])
    expect([other.statusCode, other.json().code]).toEqual([409, "idempotency-key-reused"]);
  expect(served.calls).toHaveLength(1);
});

test("keys of two callers are two keys", async () => {
  await post({ text: "a" });
  expect((await post({ text: "b" }, { role: "admin" })).statusCode).toBe(202);
});

test("a second request waits for the first that is still at work", async () => {
  const gate = Promise.withResolvers<void>();
  served.stub("sessions.send", async () => {
    await gate.promise;
    return { messageId: "m7", state: "sent" };
  });
  const both = [post({ text: "a" }), post({ text: "a" })];
  await expect.poll(() => served.calls.length).toBe(1);
  gate.resolve();
  const answers = await Promise.all(both);
  expect(answers.map((answer) => answer.json().messageId)).toEqual(["m7", "m7"]);
  expect(served.calls).toHaveLength(1);
});

test("after a failure the key is free again", async () => {
  let failures = 2;
  served.stub("sessions.send", () => {
    if (failures-- > 0) throw new OptioError("session-not-live", "not now");
    return { messageId: "m1", state: "sent" };
  });
  const statuses: number[] = [];
  for (let i = 0; i < 4; i++) statuses.push((await post({ text: "a" })).statusCode);
  expect(statuses).toEqual([409, 409, 202, 202]);
  expect(served.calls).toHaveLength(3);
});

test("a request that is refused for its body does not take the key", async () => {
  expect((await post({ text: 5 })).statusCode).toBe(422);
  expect((await post({ text: "a" })).statusCode).toBe(202);
});

test("a key whose first request broke off with its server is refused as retryable", async () => {
  const tokens = (await served.store.tokens.list({ limit: 10 })).items;
  const principal = tokens.find((token) => token.role === "operator")?.id ?? "";
  const fingerprint = fingerprintOf({ method: "POST", url: "/api/sessions/s1/turns", body: { text: "a" } });
  await served.store.idempotency.begin({ key: "k1", principal, fingerprint, now: served.clock.now() });
  const answer = await post({ text: "a" });
  expect([answer.statusCode, answer.json()]).toEqual([
    409,
    expect.objectContaining({ code: "idempotency-key-running", retryable: true }),
  ]);
  expect(served.calls).toEqual([]);
});

test("a decision gets the key, which the engine keeps with the answer", async () => {
  await post({ decision: "accept" }, { path: "/decisions/d1", key: "k9" });
  expect(served.calls[0]?.args.at(-1)).toBe("k9");
});

test("the stored answer does not show a new token's secret", async () => {
  const [first, second] = [0, 1].map(() => post({ name: "t", role: "viewer" }, { role: "admin", path: "/tokens" }));
  const created = (await first)?.json() as { token: string };
  expect((await second)?.json()).toEqual(created);
  const tokens = (await served.store.tokens.list({ limit: 10 })).items;
  const principal = tokens.find((token) => token.role === "admin")?.id ?? "";
  const probe = { key: "k1", principal, fingerprint: "", now: served.clock.now() };
  expect(JSON.stringify(await served.store.idempotency.begin(probe))).not.toContain(created.token);
  expect(tokens).toHaveLength(4);
});

test.each(["", "a b", "é", "x".repeat(201)])("the key '%s' is refused", async (key) => {
  const answer = await post({ text: "a" }, { key });
  expect([answer.statusCode, answer.json().code]).toEqual([422, "invalid"]);
  expect(answer.json().detail).toContain("Idempotency-Key");
});
