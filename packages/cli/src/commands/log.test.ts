import { PassThrough } from "node:stream";
import type { LogLine } from "@optio/contract";
import { expect, test } from "vitest";
import { FixtureServer, feedStream, runCli, taskSummary, writeMessage } from "../program.test-support.ts";

const line = (seq: number, message: string, change: Partial<LogLine> = {}): LogLine => ({
  seq,
  at: "2026-01-01T10:20:30.400Z",
  run: 1,
  level: "info",
  message,
  ...change,
});

test("log shows all stored lines, page after page, by level, run and text", async () => {
  await using server = new FixtureServer({
    "GET /processes/p1": () => ({ json: taskSummary({ state: "done", logHead: 9 }) }),
    "GET /processes/p1/log": ({ query }) =>
      query.has("cursor")
        ? { json: { items: [line(9, "last", { level: "error", data: { n: 1 } })], next: null } }
        : { json: { items: [], next: "5" } },
  });
  const argv = ["log", "p1", "--level", "warning", "--run", "2", "--grep", "AS", "--follow"];
  const { code, stdout } = await runCli(argv, { env: await server.start() });
  expect({ code, stdout }).toEqual({ code: 0, stdout: '10:20:30.400 error   last {"n":1}\n' });
  const asked = server.requests.slice(1).map(({ query }) => Object.fromEntries(query));
  const filter = { level: "warning", run: "2", q: "AS", limit: "500" };
  expect(asked).toEqual([
    { ...filter, after: "0" },
    { ...filter, cursor: "5" },
  ]);
});

test("log --limit shows the newest lines, oldest first", async () => {
  await using server = new FixtureServer({
    "GET /processes/p1": () => ({ json: taskSummary({ state: "done", logHead: 9 }) }),
    "GET /processes/p1/log": ({ query }) =>
      query.get("before") === "10"
        ? { json: { items: [line(9, "third")], next: "7" } }
        : { json: { items: [line(4, "first"), line(6, "second")], next: "4" } },
  });
  const { stdout } = await runCli(["log", "p1", "--limit", "3"], { env: await server.start() });
  expect(stdout.match(/first|second|third/g)).toEqual(["first", "second", "third"]);
  expect(server.requests.slice(1).map(({ query }) => [query.get("before"), query.get("limit")])).toEqual([
    ["10", "3"],
    ["7", "2"],
  ]);
});

test("log --follow goes on with new lines across a lost connection, until the run has ended and its last line is there", async () => {
  const feed = feedStream({ type: "decisions", pending: 0 });
  let opened = 0;
  let state: "running" | "done" = "running";
  await using server = new FixtureServer({
    "GET /processes/p1": () => ({ json: taskSummary({ state, logHead: 1 }) }),
    "GET /feed": () => feed,
    "GET /processes/p1/log": ({ query, headers }) => {
      if (headers.accept !== "text/event-stream") {
        const stored = [line(1, "one"), line(2, "two"), line(3, "three"), line(4, "four")];
        const after = Number(query.get("after"));
        return { json: { items: stored.slice(after, state === "done" ? 4 : 1), next: null } };
      }
      opened += 1;
      const stream = new PassThrough();
      if (opened === 1) writeMessage(stream, "log", 2, line(2, "two"));
      else for (const seq of [2, 3]) writeMessage(stream, "log", seq, line(seq, ["two", "three"][seq - 2] ?? ""));
      if (opened === 1) stream.end();
      return { stream };
    },
  });
  const onOutput = (text: string) => {
    if (!text.includes("three")) return;
    state = "done";
    writeMessage(feed.stream, "feed", 2, { type: "process", process: taskSummary({ state: "done", logHead: 4 }) });
  };
  const { code, stdout, stderr } = await runCli(["log", "p1", "--follow"], { env: await server.start(), onOutput });
  expect(code).toBe(0);
  expect(stdout.match(/one|two|three|four/g)).toEqual(["one", "two", "three", "four"]);
  expect(stderr).toContain("connection lost");
  const streams = server.requests.filter(({ headers }) => headers.accept === "text/event-stream");
  expect(streams.map(({ query }) => query.get("after")).filter((after) => after !== null)).toEqual(["1", "2"]);
});
