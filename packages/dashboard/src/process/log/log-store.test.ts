import type { LogLine } from "@optio/contract";
import { expect, test } from "vitest";
import type { FollowOptions } from "../../api/follow-stream.ts";
import { lines } from "./log.test-support.ts";
import { LOG_PAGE, LogStore } from "./log-store.ts";

/** A server with one log, whose stream is held in hand. */
function fakeServer(written: LogLine[]) {
  const asked: object[] = [];
  const urls: string[] = [];
  let options: FollowOptions | undefined;
  const source: ConstructorParameters<typeof LogStore>[0]["source"] = {
    fetchProcess: async () => ({ logHead: written.at(-1)?.seq ?? 0 }),
    fetchLog: async (_id, { after, before, limit, ...query }) => {
      asked.push({ after, before, ...query });
      const matching = written.filter(({ seq }) => seq > (after ?? 0) && seq < (before ?? Number.POSITIVE_INFINITY));
      const items = before === undefined ? matching.slice(0, limit) : matching.slice(-limit);
      return { items, next: items.length < matching.length ? "more" : null };
    },
    follow: async (given) => {
      options = given;
    },
  };
  const connect = async () => {
    const request = await options?.request(new AbortController().signal);
    urls.push(request?.url ?? "");
    options?.onConnected(() => undefined);
  };
  return {
    source,
    asked,
    urls,
    connect,
    lose: () => options?.onLost(new TypeError("gone")),
    say: (data: string) => options?.onMessage({ event: "log", id: undefined, data }),
    push: (...fresh: LogLine[]) => {
      written.push(...fresh);
      for (const line of fresh) options?.onMessage({ event: "log", id: String(line.seq), data: JSON.stringify(line) });
    },
  };
}

async function storeOn(server: ReturnType<typeof fakeServer>, query = {}) {
  const store = new LogStore({
    id: "task",
    query,
    onUnauthorized: () => undefined,
    source: server.source,
    schedule: (callback) => callback(),
    now: () => 42,
  });
  await store.run(new AbortController().signal);
  await server.connect();
  return store;
}

const seqs = (store: LogStore) => store.getSnapshot().log.lines.map(({ seq }) => seq);
const settled = (store: LogStore) =>
  new Promise<void>((resolve) => {
    const stop = store.subscribe(() => {
      if (store.getSnapshot().isLoading) return;
      stop();
      resolve();
    });
  });

test("a log of 100 000 lines begins with its newest page and streams what comes after", async () => {
  const server = fakeServer(lines(1, 100_000));
  const store = await storeOn(server);
  expect(store.getSnapshot().log).toMatchObject({ hasOlder: true, hasNewer: false });
  expect([seqs(store)[0], seqs(store).length]).toEqual([100_001 - LOG_PAGE, LOG_PAGE]);
  expect(server.urls).toEqual(["/api/processes/task/log?after=100000"]);
  server.push(...lines(100_001, 100_002));
  expect(seqs(store).at(-1)).toBe(100_002);
});

test("pages are loaded both ways: upwards from the end, downwards from the first line, and back to the end", async () => {
  const server = fakeServer(lines(1, 3 * LOG_PAGE));
  const store = await storeOn(server);
  store.loadOlder();
  await settled(store);
  expect([seqs(store)[0], seqs(store).length]).toEqual([LOG_PAGE + 1, 2 * LOG_PAGE]);
  store.goToStart();
  await settled(store);
  expect([seqs(store)[0], seqs(store).at(-1)]).toEqual([1, LOG_PAGE]);
  store.loadNewer();
  await settled(store);
  expect([seqs(store)[0], seqs(store).at(-1)]).toEqual([1, 2 * LOG_PAGE]);
  store.goToEnd();
  await settled(store);
  expect([seqs(store)[0], seqs(store).at(-1)]).toEqual([2 * LOG_PAGE + 1, 3 * LOG_PAGE]);
});

test("level, run and text go with every page and with the stream", async () => {
  const server = fakeServer(lines(1, 3));
  await storeOn(server, { level: "warning", run: 2, q: "a b" });
  expect(server.asked).toEqual([{ after: undefined, before: 4, level: "warning", run: 2, q: "a b" }]);
  expect(server.urls).toEqual(["/api/processes/task/log?level=warning&run=2&q=a+b&after=3"]);
});

test("after a lost connection the stream goes on behind the last line, and no line comes twice", async () => {
  const server = fakeServer(lines(1, 3));
  const store = await storeOn(server);
  server.push(...lines(4, 5));
  server.lose();
  expect(store.getSnapshot().offlineSince).toBe(42);
  await server.connect();
  expect(server.urls[1]).toBe("/api/processes/task/log?after=5");
  server.push(...lines(5, 6));
  expect(store.getSnapshot().offlineSince).toBeUndefined();
  expect(seqs(store)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("a log that was dropped meanwhile is read anew", async () => {
  const written = lines(1, 9);
  const server = fakeServer(written);
  const store = await storeOn(server);
  server.lose();
  written.splice(0, written.length, ...lines(1, 2, 2));
  await server.connect();
  expect(store.getSnapshot().log.lines.map(({ seq, run }) => [seq, run])).toEqual([
    [1, 2],
    [2, 2],
  ]);
  expect(server.urls[1]).toBe("/api/processes/task/log?after=2");
});

test("what is no log line is passed over", async () => {
  const server = fakeServer(lines(1, 1));
  const store = await storeOn(server);
  server.say("not json");
  server.say('{"seq":2}');
  server.push(...lines(2, 2));
  expect(seqs(store)).toEqual([1, 2]);
});
