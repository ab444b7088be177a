import type { OptioEvent } from "@optio/contract";
import { describe, expect, test } from "vitest";
import type { ContextWrites } from "./context-writes.ts";
import { createRequests } from "./requests.ts";

function open() {
  const events: OptioEvent[] = [];
  const append = async (event: OptioEvent) => {
    events.push(event);
    return { seq: events.length, at: "2026-01-01T00:00:00.000Z", run: 1, event };
  };
  const write: ContextWrites["write"] = async (work) => work(Object.assign(Object.create(null), { append }));
  return { events, requests: createRequests({ write }) };
}

describe("a browser is asked to open", () => {
  test.each([
    "https://example.com",
    "http://localhost:8080/a?b=c#d",
    "HTTPS://EXAMPLE.COM/",
    `https://example.com/${"x".repeat(4_000)}`,
  ])("%s", async (url) => {
    const { events, requests } = open();
    const requestId = await requests.requestBrowser(url);
    expect(events).toEqual([{ type: "browser.requested", requestId, url }]);
  });

  test.each([
    "",
    "example.com",
    "/etc/passwd",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    " https://example.com",
    "https://example.com/\nX: y",
    "file:///etc/passwd",
    "data:text/html,x",
    "https://",
    "ftp://example.com",
    `https://example.com/${"x".repeat(4_100)}`,
  ])("nothing but web pages: not %j", async (url) => {
    const { events, requests } = open();
    await expect(requests.requestBrowser(url)).rejects.toMatchObject({ code: "invalid" });
    expect(events).toEqual([]);
  });
});

describe("attention and messages to clients", () => {
  test("have an id of their own each", async () => {
    const { events, requests } = open();
    const first = await requests.needAttention("look");
    const second = await requests.needAttention("look");
    const third = await requests.messageClient("stage", { n: [1] });
    expect(new Set([first, second, third]).size).toBe(3);
    expect(events).toEqual([
      { type: "attention.requested", requestId: first, reason: "look" },
      { type: "attention.requested", requestId: second, reason: "look" },
      { type: "message.client", requestId: third, keyword: "stage", data: { n: [1] } },
    ]);
  });

  test("may come without data", async () => {
    const { events, requests } = open();
    await requests.messageClient("ping", undefined);
    expect(events).toMatchObject([{ keyword: "ping", data: null }]);
  });

  test("are refused without words, too long, or with data that is not JSON or too large", async () => {
    const { events, requests } = open();
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    for (const refused of [
      requests.needAttention(" "),
      requests.needAttention("x".repeat(5_000)),
      requests.messageClient("", 1),
      requests.messageClient("k".repeat(200), 1),
      requests.messageClient("k", cycle),
      requests.messageClient("k", 1n),
      requests.messageClient("k", () => 1),
    ]) {
      await expect(refused).rejects.toMatchObject({ code: "invalid" });
    }
    await expect(requests.messageClient("k", "x".repeat(70_000))).rejects.toMatchObject({ code: "too-large" });
    expect(events).toEqual([]);
  });
});
