import { expect, test } from "vitest";
import { FixtureServer, processSummary, runCli, taskSummary } from "../program.test-support.ts";

const HOUR_LATER = "2026-01-01T03:01:00.000Z";
const nightly = { cron: "0 3 * * *", timeZone: "UTC", misfire: "skip" as const, nextFireAt: HOUR_LATER };

test("ls shows what a person needs to know, page after page", async () => {
  const waiting = processSummary();
  const session = { ...waiting.session, activity: "thinking", pendingDecisions: 2 } as typeof waiting.session;
  await using server = new FixtureServer({
    "GET /processes": ({ query }) =>
      query.get("cursor") === null
        ? { json: { items: [{ ...waiting, session }], next: "more" } }
        : {
            json: {
              items: [
                processSummary({ id: "p2", state: "failed", error: { code: "x", message: "it\u001b[2J broke" } }),
                taskSummary({ id: "p3", state: "idle", run: 0, startedAt: null, schedule: nightly }),
                taskSummary({ id: "p4", progress: { percent: 41.7, message: "copying" } }),
                taskSummary({ id: "p5", progress: { percent: null, message: "waiting" }, schedule: nightly }),
              ],
              next: null,
            },
          },
  });
  const env = await server.start();
  const { code, stdout } = await runCli(["ls", "--q", "text", "--state", "running"], { env });
  expect(code).toBe(0);
  expect(stdout).toBe(
    [
      "ID  STATE    AGE  MODEL  NAME   NOW",
      "p1  idle     1m   m      First  needs you (2) thinking",
      "p2  failed   1m   m      First  it broke",
      "p3  idle     -    -      First  next in 3h",
      "p4  running  1m   -      First  42 % copying",
      "p5  running  1m   -      First  waiting · next in 3h",
      "",
    ].join("\n"),
  );
  expect(server.requests.map(({ query }) => [query.get("q"), query.get("state"), query.get("cursor")])).toEqual([
    ["text", "running", null],
    ["text", "running", "more"],
  ]);
  expect(server.requests[0]?.headers.authorization).toBe("Bearer secret-of-the-test");
});

test("ls gives the list as JSON", async () => {
  await using server = new FixtureServer({
    "GET /processes": () => ({ json: { items: [processSummary()], next: null } }),
  });
  const { stdout } = await runCli(["ls", "--json"], { env: await server.start() });
  expect(JSON.parse(stdout)).toEqual({ items: [processSummary()], next: null });
});

test("ls says when there is more than it shows", async () => {
  await using server = new FixtureServer({
    "GET /processes": () => ({ json: { items: [taskSummary()], next: "more" } }),
  });
  const { stderr } = await runCli(["ls", "--limit", "1"], { env: await server.start() });
  expect(stderr).toBe("there are more than 1; show them with --limit\n");
});

test.each([
  [[], { special: false }],
  [["--all"], undefined],
  [["--filter", "special=true"], { special: true }],
  [["--filter", "metadata.team=a", "--all"], { "metadata.team": "a" }],
  [
    ["--filter", "metadata.team=a", "--filter", '{"depth":{"lt":2}}', "--all"],
    { and: [{ "metadata.team": "a" }, { depth: { lt: 2 } }] },
  ],
])("ls %j asks for a filter", async (flags, filter) => {
  await using server = new FixtureServer({ "GET /processes": () => ({ json: { items: [], next: null } }) });
  const { stdout } = await runCli(["ls", ...flags], { env: await server.start() });
  const asked = server.requests[0]?.query.get("filter");
  expect(asked ? JSON.parse(asked) : undefined).toEqual(filter);
  expect(stdout).toBe(
    flags.includes("--filter") ? "no process matches\n" : "no processes; start one with: optio run\n",
  );
});

test("ls --tree draws children below their parents, whole trees of what matches", async () => {
  const child = (id: string, order: number, parent = "a") =>
    taskSummary({
      id,
      name: id.toUpperCase(),
      parent,
      root: "a",
      depth: id.split(".").length - 1,
      order,
      state: "done",
    });
  const members = [
    child("a.two", 1),
    child("a.one", 0),
    child("a.one.x", 0, "a.one"),
    taskSummary({ id: "a", name: "A" }),
    taskSummary({ id: "b", name: "B" }),
  ];
  await using server = new FixtureServer({
    "GET /processes": ({ query }) => {
      const filter = query.get("filter") ?? "";
      return { json: { items: filter.includes("root") ? members : [child("a.two", 1), members[4]], next: null } };
    },
  });
  const env = await server.start();
  const { stdout } = await runCli(["ls", "--tree", "--q", "x"], { env });
  expect(stdout).toBe(
    [
      "ID             STATE    AGE  MODEL  NAME     NOW",
      "a              running  1m   -      A",
      "├─ a.one       done     1m   -      A.ONE",
      "│  └─ a.one.x  done     1m   -      A.ONE.X",
      "└─ a.two       done     1m   -      A.TWO",
      "b              running  1m   -      B",
      "",
    ].join("\n"),
  );
  expect(server.requests[1]?.query.get("filter")).toBe('{"root":{"in":["a","b"]}}');
  const json = await runCli(["ls", "--tree", "--json"], { env });
  expect(JSON.parse(json.stdout).items[0].children.map(({ id }: { id: string }) => id)).toEqual(["a.one", "a.two"]);
});
