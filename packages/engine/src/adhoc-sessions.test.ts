import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AdhocSessions } from "./adhoc-sessions.ts";
import { openSecretKey } from "./secrets/secret-key.ts";
import { FakeAgent } from "./session/fake-agent.test-support.ts";
import { SESSION_TIMINGS } from "./session/session-work.ts";
import { openSqliteForTest } from "./store/sqlite.test-support.ts";

async function openAdhoc() {
  const directory = await mkdtemp(join(tmpdir(), "optio-adhoc-"));
  const key = await openSecretKey(join(directory, "secret.key"));
  const agent = new FakeAgent();
  const open = () => new AdhocSessions({ kinds: new Map([["fake", agent.kind]]), key, timings: SESSION_TIMINGS });
  const under = await openSqliteForTest();
  return {
    adhoc: open(),
    /** As after a restart of the server: the same key, nothing in memory. */
    reopen: open,
    store: under.store,
    async [Symbol.asyncDispose]() {
      await under[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}

const given = { given: "json", canAnswer: true } as const;

test("a configuration becomes a process whose configuration is sealed and holds no secret", async () => {
  await using on = await openAdhoc();
  const apiKey = randomBytes(8).toString("hex");
  const input = { id: "mine", instructions: "Be kind.", apiKey, metadata: { a: 1 } };
  const { process: made, secrets } = on.adhoc.prepare("fake", input, given);
  expect(secrets).toEqual({ apiKey });
  expect(made).toMatchObject({
    id: "mine",
    kind: "session",
    agent: "fake",
    adhoc: true,
    metadata: { a: 1 },
    supportsResume: true,
    session: { phase: "starting", scripted: true, resumeFrom: null },
  });
  expect(JSON.stringify(made)).not.toContain(apiKey);
  expect(made.sealedConfig).not.toContain("Be kind.");
});

test.each([
  ["its name", { name: "N", prompt: "Do it" }, "N"],
  ["the first line of its prompt", { prompt: "\n  Do it.  \nThen that." }, "Do it."],
  ["that line clipped", { prompt: "x".repeat(80) }, `${"x".repeat(59)}…`],
  ["its id", { id: "mine", prompt: "  " }, "mine"],
])("a session is called by %s", async (_, input, expected) => {
  await using on = await openAdhoc();
  expect(on.adhoc.prepare("fake", input, given).process.name).toBe(expected);
});

test("an id that nobody chose is new each time", async () => {
  await using on = await openAdhoc();
  const ids = [on.adhoc.prepare("fake", {}, given).process.id, on.adhoc.prepare("fake", {}, given).process.id];
  expect(ids[0]).toMatch(/^s_/);
  expect(new Set(ids).size).toBe(2);
});

test("an unknown agent is refused by name", async () => {
  await using on = await openAdhoc();
  expect(() => on.adhoc.prepare("other", {}, given)).toThrow("agent: no agent 'other'; known: fake");
});

test("the task of a stored session is read back after a restart, but not with another process's seal", async () => {
  await using on = await openAdhoc();
  const record = await on.store.processes.insert(on.adhoc.prepare("fake", { id: "mine", name: "N" }, given).process);
  expect(on.reopen().taskOf(record)).toMatchObject({ id: "mine", name: "N", session: { agent: "fake" } });
  expect(() => on.reopen().taskOf({ ...record, id: "other" })).toThrow();
  expect(on.reopen().taskOf({ ...record, agent: "gone" })).toBeUndefined();
  expect(on.reopen().taskOf({ ...record, sealedConfig: null })).toBeUndefined();
});
