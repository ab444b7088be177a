import { expect, test } from "vitest";
import type { StoredToken } from "../../store/store.ts";
import type { OpenForTest } from "./fixtures.ts";
import { upTo } from "./fixtures.ts";

const HOUR_MS = 3_600_000;

/** Tokens, login codes, idempotency keys and settings. */
export function testTokens(openForTest: OpenForTest): void {
  test("a token is found by hash and id, listed, marked, and gone when removed", async () => {
    await using under = await openForTest();
    const { tokens } = under.store;
    for (const n of upTo(3)) await tokens.insert(aToken(`k${n}`, { createdAt: n }));
    expect(await tokens.findByHash("hash-k2")).toEqual(aToken("k2", { createdAt: 2 }));
    expect(await tokens.findByHash("hash")).toBeUndefined();
    const first = await tokens.list({ limit: 2 });
    const rest = await tokens.list({ limit: 2, cursor: first.next ?? "" });
    expect([...first.items, ...rest.items].map((token) => token.id)).toEqual(["k1", "k2", "k3"]);
    expect(rest.next).toBeNull();
    await tokens.markUsed("k2", 99);
    expect(await tokens.find("k2")).toMatchObject({ lastUsedAt: 99 });
    expect([await tokens.remove("k2"), await tokens.remove("k2"), await tokens.count()]).toEqual([true, false, 2]);
  });

  test("a named token is kept while its secret stays and replaced when that changes", async () => {
    await using under = await openForTest();
    const { tokens } = under.store;
    await tokens.putNamed(aToken("k1", { name: "preset" }));
    await tokens.putNamed(aToken("k2", { name: "preset", hash: "hash-k1", role: "admin" }));
    expect((await tokens.list({ limit: 9 })).items).toEqual([aToken("k1", { name: "preset", role: "admin" })]);
    await tokens.putNamed(aToken("k3", { name: "preset" }));
    expect((await tokens.list({ limit: 9 })).items).toEqual([aToken("k3", { name: "preset" })]);
  });

  test("a login code works once, in its time, while its token exists", async () => {
    await using under = await openForTest();
    const { tokens } = under.store;
    const now = Date.now();
    await tokens.insert(aToken("k1"));
    for (const hash of ["a", "b", "c"]) await tokens.putLoginCode({ hash, tokenId: "k1", expiresAt: now + HOUR_MS });
    const taken = await Promise.all(upTo(5).map(() => tokens.takeLoginCode("a", now)));
    expect(taken.filter((code) => code !== undefined)).toEqual([{ tokenId: "k1" }]);
    expect(await tokens.takeLoginCode("b", now + HOUR_MS)).toBeUndefined();
    expect(await tokens.takeLoginCode("b", now)).toBeUndefined();
    await tokens.remove("k1");
    expect(await tokens.takeLoginCode("c", now)).toBeUndefined();
  });

  test("an idempotency key is reserved by one, refused for another request, and answers when it is done", async () => {
    await using under = await openForTest();
    const { idempotency } = under.store;
    const entry = { key: "k", principal: "t1", fingerprint: "f", now: 1_000 };
    const states = (await Promise.all(upTo(5).map(() => idempotency.begin(entry)))).map((answer) => answer.state);
    expect(states).toEqual(["open", "running", "running", "running", "running"]);
    expect(await idempotency.begin({ ...entry, fingerprint: "g" })).toEqual({ state: "mismatch" });
    expect(await idempotency.begin({ ...entry, principal: "t2" })).toEqual({ state: "open" });
    await idempotency.abandon(entry);
    expect(await idempotency.begin({ ...entry, fingerprint: "g" })).toEqual({ state: "open" });
    await idempotency.finish({ ...entry, status: 201, body: '{"a":1}' });
    await idempotency.abandon(entry);
    const done = { state: "done", status: 201, body: '{"a":1}' };
    expect(await idempotency.begin({ ...entry, fingerprint: "g" })).toEqual(done);
    expect(await idempotency.begin(entry)).toEqual({ state: "mismatch" });
  });

  test("a key whose request died is free after a while, and an answer is forgotten after a day", async () => {
    await using under = await openForTest();
    const { idempotency } = under.store;
    const entry = { key: "k", principal: "t1", fingerprint: "f", now: 0 };
    await idempotency.begin(entry);
    expect(await idempotency.begin({ ...entry, now: HOUR_MS })).toEqual({ state: "open" });
    await idempotency.finish({ ...entry, status: 200, body: "" });
    expect(await idempotency.begin({ ...entry, now: 24 * HOUR_MS })).toMatchObject({ state: "done" });
    expect(await idempotency.begin({ ...entry, now: 26 * HOUR_MS })).toEqual({ state: "open" });
  });

  test("a setting is absent, put and replaced", async () => {
    await using under = await openForTest();
    const { store } = under;
    expect(await store.getMeta("k")).toBeUndefined();
    await store.putMeta("k", "1");
    await store.putMeta("k", "2");
    expect(await store.getMeta("k")).toBe("2");
  });
}

function aToken(id: string, changes: Partial<StoredToken> = {}): StoredToken {
  return { id, name: `name-${id}`, role: "viewer", hash: `hash-${id}`, createdAt: 1, lastUsedAt: null, ...changes };
}
