import { createSecretKey } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiClient, ProcessSummary, StreamMessage } from "@optio/contract";
import {
  createApiClient,
  envelopeSchema,
  logLineSchema,
  problemSchema,
  readEventStream,
  unwrap,
} from "@optio/contract";
import type { Engine, TaskDefinition } from "@optio/engine";
import { createEngine, defineTask, silentLogger, systemClock } from "@optio/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createToken } from "./auth/tokens.ts";
import type { OptioServer } from "./build-server.ts";
import { buildServer } from "./build-server.ts";

/** What the task of that name waits for before it goes on. */
const gates = new Map<string, PromiseWithResolvers<void>>();
const TASKS: readonly TaskDefinition[] = [
  defineTask({
    id: "asks",
    name: "Asks",
    execute: async (ctx) => {
      await ctx.needAttention("look");
      await ctx.requestBrowser("https://example.org/");
      await ctx.messageClient("colour", { best: "red" });
    },
  }),
  defineTask({
    id: "logs",
    name: "Logs",
    metadata: { team: "a" },
    execute: async (ctx) => {
      await ctx.log("info", "one");
      await ctx.log("warning", "two");
      await gates.get("logs")?.promise;
      await ctx.log("error", "three");
    },
  }),
  defineTask({
    id: "waits",
    name: "Waits",
    metadata: { team: "b", size: 5 },
    execute: (ctx) => new Promise((resolve) => ctx.signal.addEventListener("abort", resolve, { once: true })),
  }),
  ...["x", "y", "z"].map((name) =>
    defineTask({ id: `many-${name}`, name, metadata: { team: "c", name }, execute: async () => undefined }),
  ),
];

let dir: string;
let engine: Engine;
let server: OptioServer;
let base: string;
let token: string;
let client: ApiClient;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "optio-whole-"));
  engine = await createEngine({ home: dir, tasks: TASKS });
  server = await buildServer({ engine, logger: silentLogger, secretKey: createSecretKey(Buffer.alloc(32, 7)) });
  const { url } = await server.listen({ port: 0 });
  base = `${url}/api`;
  token = (await createToken({ store: engine.store, clock: systemClock, name: "t", role: "admin" })).secret;
  client = createApiClient({ baseUrl: url, token });
});
afterAll(async () => {
  await server.close();
  await engine.close();
  rmSync(dir, { recursive: true, force: true });
});

function get(path: string, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
  const init = { headers: { authorization: `Bearer ${token}`, ...headers } };
  return fetch(base + path, signal ? { ...init, signal } : init);
}

/** The first messages of a stream that are of interest. */
async function take(path: string, count: number, isWanted: (message: StreamMessage) => boolean, lastEventId = "") {
  const stop = new AbortController();
  const taken: StreamMessage[] = [];
  const headers = { accept: "text/event-stream", "last-event-id": lastEventId };
  for await (const message of readEventStream(await get(path, headers, stop.signal))) {
    if (isWanted(message)) taken.push(message);
    if (taken.length === count) break;
  }
  stop.abort();
  return taken;
}

async function run(id: string): Promise<ProcessSummary> {
  const params = { path: { id } };
  await unwrap(client.POST("/processes/{id}/launch", { params, body: {} }));
  return engine.processes.waitForEnd(id);
}

async function listed(filter: object): Promise<string[]> {
  const page = await unwrap(client.GET("/processes", { params: { query: { filter: JSON.stringify(filter) } } }));
  return page.items.map(({ id }) => id).sort();
}

describe("G-41: a cursor that no list of the kind gave out is refused, never a fault of the server", () => {
  const cursors = ["x", "-1", "1.5", "1e9", "%00", "W10", "WzEsMl0", "null", "{}", "9".repeat(400)];
  const lists = ["/processes", "/processes/waits/tree", "/processes/waits/log", "/decisions", "/tokens"];
  test.each(lists)("%s", async (path) => {
    for (const cursor of cursors) {
      const response = await get(`${path}?cursor=${cursor}`);
      const { code, detail } = problemSchema.parse(await response.json());
      expect({ cursor, status: response.status, code }).toEqual({ cursor, status: 422, code: "invalid" });
      expect(detail).toContain("cursor");
    }
  });
});

test("G-42: paging gives each process once, in full pages, also when others are added meanwhile", async () => {
  const ids: string[] = [];
  const sizes: number[] = [];
  const expected = (await engine.processes.list({ limit: 500 })).items.map(({ id }) => id);
  let next: string | null = null;
  do {
    const query = { limit: 2, ...(next === null ? {} : { cursor: next }) };
    const page: { items: ProcessSummary[]; next: string | null } = await unwrap(
      client.GET("/processes", { params: { query } }),
    );
    ids.push(...page.items.map(({ id }) => id));
    sizes.push(page.items.length);
    next = page.next;
    if (sizes.length === 1)
      await engine.processes.define({ id: "added-meanwhile", name: "new", execute: async () => undefined });
  } while (next !== null);
  expect(ids).toEqual(expected);
  expect(sizes.slice(0, -1).every((size) => size === 2)).toBe(true);
  await engine.processes.remove("added-meanwhile");
});

test("G-57: what a run asks of people reaches every viewer of its events by the process id, once, with its request id", async () => {
  const isRequest = ({ data }: StreamMessage) => data.includes("requestId");
  const viewers = [1, 2].map(() => take("/sessions/asks/events", 3, isRequest));
  await run("asks");
  const late = take("/sessions/asks/events", 3, isRequest);
  const seen = await Promise.all([...viewers, late]);
  const events = seen.map((messages) => messages.map(({ data }) => envelopeSchema.parse(JSON.parse(data)).event));
  expect(events[0]).toMatchObject([
    { type: "attention.requested", reason: "look" },
    { type: "browser.requested", url: "https://example.org/" },
    { type: "message.client", keyword: "colour", data: { best: "red" } },
  ]);
  expect(events[1]).toEqual(events[0]);
  expect(events[2]).toEqual(events[0]);
});

test("A-06: valid filters select exactly", async () => {
  expect(await listed({ "metadata.team": "c" })).toEqual(["many-x", "many-y", "many-z"]);
  expect(await listed({ "metadata.team": { in: ["a", "b"] } })).toEqual(["logs", "waits"]);
  expect(await listed({ "metadata.size": { gte: 5 } })).toEqual(["waits"]);
  expect(await listed({ and: [{ "metadata.team": "c" }, { not: { "metadata.name": "y" } }] })).toEqual([
    "many-x",
    "many-z",
  ]);
  expect(await listed({ "metadata.size": { exists: false }, kind: "task", "metadata.team": "b" })).toEqual([]);
});

test("A-08: a log is followed line by line, and goes on behind the last one that was seen", async () => {
  gates.set("logs", Promise.withResolvers());
  const isLine = ({ event }: StreamMessage) => event === "log";
  const all = take("/processes/logs/log", 3, isLine);
  const grave = take("/processes/logs/log?level=warning", 2, isLine);
  const running = run("logs");
  const first = await take("/processes/logs/log", 2, isLine);
  const rest = take("/processes/logs/log", 1, isLine, first.at(-1)?.id);
  gates.get("logs")?.resolve();
  const messagesOf = (taken: StreamMessage[]) => taken.map(({ data }) => logLineSchema.parse(JSON.parse(data)).message);
  const ours = (messages: string[]) => messages.filter((message) => ["one", "two", "three"].includes(message));
  expect(ours(messagesOf(await all))).toEqual(["one", "two", "three"]);
  expect(messagesOf(await grave)).toEqual(["two", "three"]);
  expect(messagesOf(await rest)).toEqual(["three"]);
  await running;
  const page = await unwrap(
    client.GET("/processes/{id}/log", { params: { path: { id: "logs" }, query: { level: "error", limit: 1 } } }),
  );
  expect(page.items.map(({ message }) => message)).toEqual(["three"]);
});

test("E-22: a blocked launch is refused with the filter and the reason, until the block is lifted", async () => {
  const filter = { "metadata.team": "c" };
  const block = await unwrap(client.POST("/blocks", { body: { filter, reason: "maintenance" } }));
  expect(block).toMatchObject({ filter, reason: "maintenance", persistent: true });
  const refused = unwrap(client.POST("/processes/{id}/launch", { params: { path: { id: "many-x" } }, body: {} }));
  await expect(refused).rejects.toMatchObject({ code: "launch-blocked", status: 409 });
  await expect(refused).rejects.toThrow(/metadata\.team.*maintenance/);
  expect((await unwrap(client.GET("/blocks", {}))).items).toEqual([block]);
  const query = { filter: JSON.stringify(filter) };
  expect(await unwrap(client.DELETE("/blocks", { params: { query } }))).toEqual({ removed: 1 });
  expect((await run("many-x")).state).toBe("done");
});

test("E-23: a group call takes a filter, persist takes a block, and waiting means that all have ended", async () => {
  const cancel = (body: object) =>
    fetch(`${base}/groups/cancel`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const codeOf = async (response: Response) => problemSchema.parse(await response.json()).code;
  expect(await codeOf(await cancel({ filter: {} }))).toBe("invalid-filter");
  expect(await codeOf(await cancel({ filter: { kind: "task" }, persist: true }))).toBe("invalid-persist-without-block");
  await unwrap(client.POST("/processes/{id}/launch", { params: { path: { id: "waits" } }, body: {} }));
  const answer = await cancel({ filter: { "metadata.team": "b" }, waitMs: 30_000 });
  expect(await answer.json()).toMatchObject({ cancelled: 1, ended: true });
  expect((await engine.processes.get("waits")).state).toBe("cancelled");
});

test("A-05: resync answers 202 with what changed", async () => {
  const response = await fetch(`${base}/resync`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ filter: { "metadata.team": "c" } }),
  });
  expect(response.status).toBe(202);
  expect(await response.json()).toMatchObject({ defined: expect.any(Number), added: [], removed: [] });
});
