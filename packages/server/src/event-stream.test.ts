import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { get } from "node:http";
import type { StreamMessage } from "@optio/contract";
import { problemSchema, readEventStream } from "@optio/contract";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TestServer } from "./server.test-support.ts";
import { envelope, feedFrame, startTestServer } from "./server.test-support.ts";

const PING_MS = 20;
let served: TestServer;
let base: string;

beforeEach(async () => {
  served = await startTestServer({ pingMs: PING_MS });
  base = `${(await served.server.listen({ port: 0 })).url}/api`;
});
afterEach(() => served[Symbol.asyncDispose]());

interface OpenStream extends Disposable {
  readonly response: Response;
  next(): Promise<StreamMessage | undefined>;
}

async function open(path: string, headers: Record<string, string> = {}): Promise<OpenStream> {
  const abort = new AbortController();
  const response = await fetch(base + path, {
    headers: { authorization: `Bearer ${served.tokens.viewer}`, ...headers },
    signal: abort.signal,
  });
  const messages = readEventStream(response);
  return {
    response,
    next: async () => (await messages.next()).value ?? undefined,
    [Symbol.dispose]: () => abort.abort(),
  };
}

/** The text of a stream until it holds the words. */
async function readUntil(response: Response, words: string): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    text += decoder.decode(bytes, { stream: true });
    if (text.includes(words)) return text;
  }
  throw new Error(`the stream ended with: ${text}`);
}

describe("a session's events", () => {
  test("are sent as durable messages with their seq and live ones without", async () => {
    using stream = await open("/sessions/s1/events");
    const frame = { frame: "item.delta", threadId: "th1", itemId: "i1", channel: "text", append: "a\nb" } as const;
    served.session.push({ kind: "durable", envelope: envelope(1, "é\u2028\n") }, { kind: "live", frame });
    expect(await stream.next()).toEqual({ event: "durable", id: "1", data: JSON.stringify(envelope(1, "é\u2028\n")) });
    expect(await stream.next()).toEqual({ event: "live", id: undefined, data: JSON.stringify(frame) });
  });

  test("begin at once, before anything happens, with headers that forbid buffering", async () => {
    using stream = await open("/sessions/s1/events");
    expect(stream.response.status).toBe(200);
    expect(Object.fromEntries(stream.response.headers)).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
    });
    expect(await readUntil(stream.response, "\n\n")).toMatch(/^: open\n\n/);
  });

  test("go on with a comment while nothing happens", async () => {
    using stream = await open("/sessions/s1/events");
    expect(await readUntil(stream.response, ": ping\n\n: ping\n\n")).toMatch(/^: open\n\n(: ping\n\n){2,}$/);
  });

  test.each([
    ["", {}, 0],
    ["?after=7", {}, 7],
    ["?after=7", { "last-event-id": "9" }, 9],
    ["?after=7", { "last-event-id": "" }, 7],
  ])("continue behind the position of %s and %j", async (query, headers, after) => {
    using _stream = await open(`/sessions/s1/events${query}`, headers);
    expect(served.calls).toContainEqual({ name: "sessions.attach", args: ["s1", after] });
  });

  test("of an unknown session are a problem, not a stream", async () => {
    const { response } = await open("/sessions/other/events");
    expect(response.status).toBe(404);
    expect(problemSchema.parse(await response.json()).code).toBe("not-found");
  });

  test.each([
    ["application/json", "application/json; charset=utf-8"],
    ["application/json, text/event-stream", "text/event-stream; charset=utf-8"],
    ["*/*", "text/event-stream; charset=utf-8"],
  ])("come as the caller accepts: %s", async (accept, type) => {
    using stream = await open("/sessions/s1/events", { accept });
    expect(stream.response.headers.get("content-type")).toBe(type);
  });

  test("come in pages as JSON", async () => {
    const { response } = await open("/sessions/s1/events?before=9&limit=5", { accept: "application/json" });
    expect(await response.json()).toEqual({ items: [envelope(1)], next: 1 });
    expect(served.calls).toContainEqual({ name: "sessions.events", args: ["s1", { before: 9, limit: 5 }] });
  });

  test("stop being asked for when the client goes", async () => {
    const stream = await open("/sessions/s1/events");
    const ended = logged("event stream ended");
    stream[Symbol.dispose]();
    await ended;
  });

  test("wait for a client that does not read", async () => {
    const response = await openUnread("/sessions/s1/events");
    const piece = { kind: "durable", envelope: envelope(1, "x".repeat(1024 * 1024)) } as const;
    served.session.push(...Array.from({ length: 60 }, () => piece));
    await expect.poll(() => served.session.pulled).toBeGreaterThan(0);
    await settledCount(() => served.session.pulled);
    expect(served.session.pulled).toBeLessThan(50);
    response.resume();
    await expect.poll(() => served.session.pulled, { timeout: 20_000 }).toBe(60);
    response.destroy();
  });

  test("end when the caller's token is revoked", async () => {
    using stream = await open("/sessions/s1/events");
    const { items } = await served.store.tokens.list({ limit: 10 });
    const viewer = items.find((token) => token.role === "viewer");
    await served.store.tokens.remove(viewer?.id ?? "");
    expect(await stream.next()).toBeUndefined();
  });

  test("end when the engine's stream breaks, and the log says why", async () => {
    served.stub("sessions.get", () => undefined);
    served.session.read = async function* () {
      yield await Promise.reject(new Error("the store is gone"));
    };
    using stream = await open("/sessions/s1/events");
    expect(await stream.next()).toBeUndefined();
    expect(JSON.stringify(served.log)).toContain("the store is gone");
  });
});

describe("the feed", () => {
  test("sends frames with their change id", async () => {
    using stream = await open("/feed");
    served.feed.push({ changeId: 12, frame: feedFrame(3) });
    expect(await stream.next()).toEqual({ event: "feed", id: "12", data: JSON.stringify(feedFrame(3)) });
    expect(served.calls).toContainEqual({ name: "feed", args: [undefined] });
  });

  test.each([
    ["?after=0", {}, 0],
    ["?after=3", { "last-event-id": "5" }, 5],
  ])("continues behind the position of %s and %j", async (query, headers, after) => {
    using _stream = await open(`/feed${query}`, headers);
    expect(served.calls).toContainEqual({ name: "feed", args: [after] });
  });
});

describe("a log", () => {
  const line = (seq: number) => ({
    seq,
    at: "2026-01-02T03:04:05.678Z",
    run: 1,
    level: "info" as const,
    message: "hi",
  });
  const accept = "text/event-stream";

  test("sends each line under its number", async () => {
    using stream = await open("/processes/s1/log?level=warning&run=2&q=x", { accept });
    served.logLines.push(line(4));
    expect(await stream.next()).toEqual({ event: "log", id: "4", data: JSON.stringify(line(4)) });
    const query = { after: 0, level: "warning", run: 2, q: "x" };
    expect(served.calls).toContainEqual({ name: "processes.followLog", args: ["s1", query] });
  });

  test.each([
    ["?after=3", {}, 3],
    ["?after=3", { "last-event-id": "5" }, 5],
    ["", {}, 0],
  ])("continues behind the line of %s and %j", async (query, headers, after) => {
    using _stream = await open(`/processes/s1/log${query}`, { accept, ...headers });
    expect(served.calls).toContainEqual({ name: "processes.followLog", args: ["s1", { after }] });
  });

  test.each(["application/json", "*/*"])("is a page for who accepts %s", async (type) => {
    const { response } = await open("/processes/s1/log?before=9", { accept: type });
    expect(await response.json()).toEqual({ items: [], next: null });
  });

  test("of an unknown process is a problem, and so is a page's key", async () => {
    expect((await open("/processes/other/log", { accept })).response.status).toBe(404);
    for (const key of ["before=9", "cursor=x"])
      expect((await open(`/processes/s1/log?${key}`, { accept })).response.status).toBe(422);
  });

  test("ends when the caller's token is revoked", async () => {
    using stream = await open("/processes/s1/log", { accept });
    const { items } = await served.store.tokens.list({ limit: 10 });
    await served.store.tokens.remove(items.find((token) => token.role === "viewer")?.id ?? "");
    expect(await stream.next()).toBeUndefined();
  });
});

describe("closing the server", () => {
  test("ends every stream, also of clients that do not read", async () => {
    using stream = await open("/sessions/s1/events");
    using feed = await open("/feed");
    const unread = await openUnread("/sessions/s1/events");
    const cut = Promise.race([once(unread, "close"), once(unread, "error")]);
    await served.server.close();
    await expect(stream.next()).resolves.toBeUndefined();
    await expect(feed.next()).resolves.toBeUndefined();
    unread.resume();
    await cut;
  });

  test("cuts a request that is still at work, and may be asked for twice", async () => {
    const begun = Promise.withResolvers<void>();
    served.stub("processes.get", () => {
      begun.resolve();
      return new Promise(() => undefined);
    });
    const call = fetch(`${base}/processes/s1`, { headers: { authorization: `Bearer ${served.tokens.viewer}` } });
    const refused = expect(call).rejects.toThrow();
    await begun.promise;
    await Promise.all([served.server.close(), served.server.close()]);
    await refused;
  });
});

async function logged(message: string): Promise<void> {
  await expect.poll(() => served.log.map((line) => line.message)).toContain(message);
}

/** Waits until the count is the same in two looks with a sign of life between them. */
async function settledCount(count: () => number): Promise<void> {
  let before = -1;
  await expect
    .poll(
      () => {
        const same = before === count();
        before = count();
        return same;
      },
      { interval: 200 },
    )
    .toBe(true);
}

async function openUnread(path: string): Promise<IncomingMessage> {
  const request = get(base + path, { headers: { authorization: `Bearer ${served.tokens.viewer}` } });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.pause();
  response.on("error", () => undefined);
  return response;
}
