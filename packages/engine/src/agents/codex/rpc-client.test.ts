import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { connect, createServer } from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import type { RpcHandlers } from "./rpc-client.ts";
import { openRpcClient } from "./rpc-client.ts";

const MIB = 1024 * 1024;
const cleanups: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A peer that answers as it is told; `send` writes any text. */
async function startPeer(
  onMessage: (message: { id?: number; method: string; params?: unknown }, send: (text: string) => void) => void,
) {
  const http = createHttpServer();
  const server = new WebSocketServer({ server: http, maxPayload: 64 * MIB });
  server.on("connection", (socket) => {
    socket.on("message", (data) => onMessage(JSON.parse(data.toString()), (text) => socket.send(text)));
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  cleanups.push(() => {
    for (const client of server.clients) client.terminate();
    return new Promise((resolve) => http.close(resolve));
  });
  return { port: portOf(http), server };
}

function portOf(server: { address(): string | AddressInfo | null }): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  cleanups.push(() => socket.destroy());
  return socket;
}

function open(
  stream: Duplex,
  handlers: Partial<RpcHandlers> = {},
  more: { timeoutMs?: number; maxMessageBytes?: number } = {},
) {
  return openRpcClient(stream, {
    signal: new AbortController().signal,
    timeoutMs: 10_000,
    requestTimeoutMs: 10_000,
    handlers: {
      onNotification: () => undefined,
      onRequest: () => undefined,
      onMalformed: () => undefined,
      ...handlers,
    },
    ...more,
  });
}

const answer = (id: number | undefined, result: unknown) => JSON.stringify({ id, result });

describe("the protocol client", () => {
  it("matches answers to requests, whatever their order, and gives codex's words for a refusal", async () => {
    const held: (() => void)[] = [];
    const { port } = await startPeer(({ id, method }, send) => {
      if (method === "thread/read") send(JSON.stringify({ id, error: { code: -32600, message: "no such thread" } }));
      else held.push(() => send(answer(id, method)));
      if (held.length === 2) for (const release of held.reverse()) release();
    });
    const client = await open(await dial(port));
    const [first, second] = await Promise.all([
      client.request("account/logout", undefined),
      client.request("thread/loaded/list", {}),
    ]);
    expect([first, second]).toEqual(["account/logout", "thread/loaded/list"]);
    await expect(client.request("thread/read", { threadId: "x" })).rejects.toMatchObject({
      code: "agent-refused",
      message: "codex refused thread/read: no such thread",
      data: { method: "thread/read", agentMessage: "no such thread", agentCode: -32600 },
    });
  });

  it("survives what is no message, and goes on", async () => {
    const malformed: string[] = [];
    const notes: unknown[] = [];
    const { port } = await startPeer(({ id }, send) => {
      for (const text of ["no json", "", "[1]", "null", '"text"', '{"id":{}}', '{"id":999,"result":1}']) send(text);
      send(JSON.stringify({ method: "note", params: { a: 1 } }));
      send(answer(id, "fine"));
    });
    const client = await open(await dial(port), {
      onMalformed: (problem) => malformed.push(problem),
      onNotification: (method, params) => notes.push([method, params]),
    });
    expect(await client.request("thread/loaded/list", {})).toBe("fine");
    expect(malformed).toHaveLength(6);
    expect(malformed[0]).toBe("a message that is not JSON: no json");
    expect(notes).toEqual([["note", { a: 1 }]]);
  });

  it("carries 8 MB both ways, in frames that codex takes", async () => {
    const { port, server } = await startPeer(({ id, params }, send) => send(answer(id, params)));
    const frames: number[] = [];
    server.on("connection", (_socket, request) => {
      request.socket.on("data", (chunk: Buffer) => frames.push(chunk.length));
    });
    const client = await open(await dial(port));
    const text = "ü€𝄞".repeat(Math.ceil((8 * MIB) / 9));
    expect(await client.request("thread/name/set", { threadId: "t", name: text })).toEqual({
      threadId: "t",
      name: text,
    });
    expect(frames.reduce((sum, length) => sum + length, 0)).toBeGreaterThan(8 * MIB);
  });

  it("ends the connection at a message beyond its limit, with the reason", async () => {
    const { port } = await startPeer(({ id }, send) => send(answer(id, "x".repeat(2 * MIB))));
    const client = await open(await dial(port), {}, { maxMessageBytes: MIB });
    await expect(client.request("thread/loaded/list", {})).rejects.toMatchObject({ code: "agent-closed" });
    expect((await client.closed).reason).toMatch(/payload/i);
  });

  it("rejects what waits when the peer hangs up, and everything after", async () => {
    const { port, server } = await startPeer(() => {
      for (const client of server.clients) client.terminate();
    });
    const client = await open(await dial(port));
    const pending = [client.request("thread/loaded/list", {}), client.request("account/logout", undefined)];
    for (const { status, ...rest } of await Promise.allSettled(pending)) {
      expect(status).toBe("rejected");
      expect(rest).toMatchObject({ reason: { code: "agent-closed" } });
    }
    await client.closed;
    await expect(client.request("thread/loaded/list", {})).rejects.toMatchObject({ code: "agent-closed" });
  });

  it("gives up on a request in its time or on abort, and stays usable", async () => {
    const { port } = await startPeer(({ id, method }, send) => {
      if (method === "account/logout") send(answer(id, "here"));
    });
    const client = await open(await dial(port));
    const late = client.request("thread/loaded/list", {}, { timeoutMs: 20 });
    await expect(late).rejects.toMatchObject({ code: "agent-unresponsive", message: expect.stringContaining("20 ms") });
    const abort = new AbortController();
    const aborted = client.request("thread/loaded/list", {}, { signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    await expect(client.request("thread/loaded/list", {}, { signal: abort.signal })).rejects.toThrow("enough");
    expect(await client.request("account/logout", undefined)).toBe("here");
  });

  it("does not wait for ever for a server that takes the connection and says nothing", async () => {
    const silent = createServer((socket) => socket.resume());
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    cleanups.push(() => new Promise((resolve) => silent.close(resolve)));
    const stream = await dial(portOf(silent));
    await expect(open(stream, {}, { timeoutMs: 50 })).rejects.toMatchObject({ code: "agent-unresponsive" });
    expect(stream.destroyed).toBe(true);
  });

  it("says so when the other side is no protocol server", async () => {
    const http = createHttpServer((_request, response) => response.writeHead(400).end());
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    cleanups.push(() => new Promise((resolve) => http.close(resolve)));
    await expect(open(await dial(portOf(http)))).rejects.toMatchObject({
      code: "agent-closed",
      message: expect.stringContaining("400"),
    });
  });

  it("hands over what the server asks and sends the answer before it closes", async () => {
    const answered = Promise.withResolvers<unknown>();
    const { port } = await startPeer((message, send) => {
      if (message.method === "initialized") send(JSON.stringify({ id: "q", method: "ask", params: [1] }));
      else answered.resolve(message);
    });
    const asked = Promise.withResolvers<unknown[]>();
    const client = await open(await dial(port), { onRequest: (...all) => asked.resolve(all) });
    client.notify("initialized");
    expect(await asked.promise).toEqual(["q", "ask", [1]]);
    client.respond("q", { ok: true });
    await client.close();
    expect(await answered.promise).toEqual({ id: "q", result: { ok: true } });
    expect(await client.closed).toEqual({ reason: "closed by us" });
  });
});
