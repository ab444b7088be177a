import { describe, expect, test } from "vitest";
import { followStream, retryDelayMs } from "./follow-stream.ts";

const sse = (text: string) => new Response(text, { headers: { "content-type": "text/event-stream" } });
const problem = (status: number, code: string) =>
  new Response(JSON.stringify({ type: "t", title: "t", status, detail: "no", code, next: "n" }), { status });

type Answer = (signal: AbortSignal | null | undefined) => Response | Promise<Response>;

/** An answer that says nothing; as in the browser, an aborted fetch breaks its body. */
const openUntilAborted: Answer = (signal) =>
  new Response(
    new ReadableStream<Uint8Array>({
      start: (controller) => signal?.addEventListener("abort", () => controller.error(signal.reason)),
    }),
  );

/** Follows answers one after another and stops after the last; tells what happened. */
async function follow(answers: readonly Answer[], silenceMs?: number): Promise<string[]> {
  const log: string[] = [];
  const stopping = new AbortController();
  const left = [...answers];
  await followStream({
    signal: stopping.signal,
    ...(silenceMs === undefined ? {} : { silenceMs }),
    request: async () => ({ url: "/stream" }),
    fetch: async (_, init) => {
      const next = left.shift();
      if (!next) throw new Error("asked too often");
      return next(init?.signal);
    },
    onConnected: () => log.push("connected"),
    onMessage: ({ event, id, data }) => log.push(`${event} ${id} ${data}`),
    onLost: (error) => log.push(`lost ${error instanceof Error ? error.message : "by its end"}`),
    pause: async (delayMs) => {
      log.push(`pause ${delayMs}`);
      if (left.length === 0) stopping.abort();
    },
  });
  return log;
}

describe("following a stream", () => {
  test("hands out its messages and connects again after its end", async () => {
    const log = await follow([
      () => sse("event: durable\nid: 1\ndata: a\n\n"),
      () => sse(": ping\n\nevent: live\ndata: b\n\n"),
    ]);
    expect(log).toEqual([
      "connected",
      "durable 1 a",
      "lost by its end",
      "pause 500",
      "connected",
      "live undefined b",
      "lost by its end",
      "pause 500",
    ]);
  });

  test("goes on after refusals and dead networks, waiting longer each time", async () => {
    const dead = () => Promise.reject(new TypeError("Failed to fetch"));
    const log = await follow([
      () => problem(502, "agent-closed"),
      dead,
      () => problem(404, "not-found"),
      () => sse(""),
    ]);
    expect(log).toEqual([
      "lost no",
      "pause 500",
      "lost Failed to fetch",
      "pause 1000",
      "lost no",
      "pause 2000",
      "connected",
      "lost by its end",
      "pause 500",
    ]);
  });

  test("stops at a lost login", async () => {
    expect(await follow([() => problem(401, "unauthorized"), () => sse("")])).toEqual(["lost no"]);
  });

  test("gives up a connection that went silent", async () => {
    expect(await follow([openUntilAborted], 5)).toEqual(["connected", "lost the stream went silent", "pause 500"]);
  });
});

test("a connection that its caller drops is made again", async () => {
  const errors: unknown[] = [];
  const stopping = new AbortController();
  await followStream({
    signal: stopping.signal,
    request: async () => ({ url: "/stream" }),
    fetch: async (_, init) => openUntilAborted(init?.signal),
    onConnected: (drop) => drop(new Error("the list failed")),
    onMessage: () => undefined,
    onLost: (error) => errors.push(error),
    pause: async () => {
      if (errors.length === 2) stopping.abort();
    },
  });
  expect(errors).toEqual([new Error("the list failed"), new Error("the list failed")]);
});

test("the delay doubles up to ten seconds", () => {
  expect([0, 1, 2, 3, 4, 5, 50].map(retryDelayMs)).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
});
