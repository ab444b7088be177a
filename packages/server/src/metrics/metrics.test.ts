import { readEventStream } from "@optio/contract";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { TestServer } from "../server.test-support.ts";
import { startTestServer } from "../server.test-support.ts";

let served: TestServer;
let base: string;

beforeEach(async () => {
  served = await startTestServer();
  base = `${(await served.server.listen({ port: 0 })).url}/api`;
});
afterEach(() => served[Symbol.asyncDispose]());

function get(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(base + path, { ...init, headers: { authorization: `Bearer ${served.tokens.viewer}`, ...init.headers } });
}

/** The values of all metrics by name and labels. */
async function scrape(): Promise<ReadonlyMap<string, number>> {
  const text = await (await get("/metrics")).text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const cut = line.lastIndexOf(" ");
      return [line.slice(0, cut), Number(line.slice(cut + 1))];
    }),
  );
}

test("metrics come as Prometheus's text, every line of them readable", async () => {
  const response = await get("/metrics");
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const text = await response.text();
  const sample = /^[a-z0-9_]+(\{[a-zA-Z_]+="[^"]*"(,[a-zA-Z_]+="[^"]*")*\})? (-?[\d.e+-]+|Nan|\+Inf)$/;
  for (const line of text.split("\n").filter((each) => each !== "" && !each.startsWith("# ")))
    expect(line).toMatch(sample);
  const names = [...text.matchAll(/^# TYPE (\w+) /gm)].map((match) => match[1]);
  expect(new Set(names).size).toBe(names.length);
  for (const name of ["process_cpu_seconds_total", "nodejs_eventloop_lag_p99_seconds", "optio_info"])
    expect(names).toContain(name);
});

test("processes are counted by kind and state as they are now", async () => {
  await insertTask("one");
  await insertTask("two");
  const before = await scrape();
  expect(before.get('optio_processes{kind="task",state="idle"}')).toBe(2);
  expect(before.get('optio_processes{kind="session",state="running"}')).toBe(0);
  await launch("one");
  const after = await scrape();
  expect(after.get('optio_processes{kind="task",state="idle"}')).toBe(1);
  expect(after.get('optio_processes{kind="task",state="scheduled"}')).toBe(1);
});

test("launches and ends are counted from the start of the server on", async () => {
  await insertTask("one");
  await launch("one");
  const metrics = await scrape();
  expect(metrics.get("optio_launches_total")).toBe(1);
  expect(metrics.get('optio_run_ends_total{outcome="failed"}')).toBe(0);
  const { run = 0, epoch = 0 } = (await served.store.processes.find("one")) ?? {};
  await served.store.processes.setStateUnowned({ processId: "one", run, epoch }, ["scheduled"], "failed", {});
  const later = await scrape();
  expect(later.get("optio_launches_total")).toBe(1);
  expect(later.get('optio_run_ends_total{outcome="failed"}')).toBe(1);
});

test("requests are timed by their row of the route table, never by an id", async () => {
  await get("/processes/s1");
  await get("/processes/a-secret-name");
  await get("/processes/a-secret-name");
  await fetch(`${base.replace(/\/api$/, "")}/login?code=a-secret-code`);
  await get("/nothing/a-secret-name");
  const metrics = await scrape();
  const count = (status: number) =>
    metrics.get(`optio_http_request_duration_seconds_count{method="GET",route="/processes/:id",status="${status}"}`);
  expect([count(200), count(404)]).toEqual([1, 2]);
  const inBuckets = metrics.get(
    'optio_http_request_duration_seconds_bucket{le="+Inf",method="GET",route="/processes/:id",status="404"}',
  );
  expect(inBuckets).toBe(2);
  expect([...metrics.keys()].join("\n")).not.toContain("secret");
});

test("open streams are counted while they are open, and are no requests", async () => {
  const stop = new AbortController();
  const streams = await Promise.all(["/feed", "/feed"].map((path) => get(path, { signal: stop.signal })));
  expect((await scrape()).get('optio_open_streams{route="/feed"}')).toBe(2);
  stop.abort();
  for (const stream of streams)
    await readEventStream(stream)
      .next()
      .catch(() => undefined);
  await expect.poll(async () => (await scrape()).get('optio_open_streams{route="/feed"}')).toBe(0);
  expect([...(await scrape()).keys()].filter((name) => name.includes("_duration_") && name.includes("/feed"))).toEqual(
    [],
  );
});

test("decisions that wait are counted", async () => {
  expect((await scrape()).get("optio_decisions_pending")).toBe(0);
});

async function insertTask(id: string): Promise<void> {
  await served.store.processes.insert({
    id,
    kind: "task",
    agent: null,
    name: id,
    description: null,
    metadata: {},
    adhoc: false,
    sealedConfig: null,
    parent: null,
    cancellable: true,
    supportsResume: false,
    session: null,
  });
}

async function launch(id: string): Promise<void> {
  const owner = { machineId: "m", bootId: "b", pid: 1, startTime: "1", leaseUntil: served.clock.now() + 1000 };
  await served.store.processes.claim(id, ["idle"], owner, {});
}
