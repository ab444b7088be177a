import type { Decision } from "@optio/contract";
import { expect, test } from "vitest";
import { FixtureServer, processSummary, runCli, sessionView, taskSummary } from "../program.test-support.ts";

const decision: Decision = {
  id: "dec_1",
  processId: "p1",
  run: 1,
  kind: "command",
  state: "pending",
  request: { command: "uname" },
  options: ["accept", "decline"],
  requestedAt: "2026-01-01T00:00:00.000Z",
};
const none = () => ({ json: { items: [], next: null } });

test("show tells a session's facts and its open decisions", async () => {
  await using server = new FixtureServer({
    "GET /processes/p1": () => ({ json: processSummary() }),
    "GET /processes": none,
    "GET /sessions/p1": () => ({ json: sessionView({ decisions: [decision], live: false }) }),
  });
  const { stdout } = await runCli(["show", "p1"], { env: await server.start() });
  expect(stdout).toContain("phase      idle (not connected)\n");
  expect(stdout).toContain("decision   dec_1  run: uname\n");
});

test("show tells a task's schedule, warning, time to live, error, progress, widget and children", async () => {
  const task = taskSummary({
    description: "collects\neverything",
    state: "failed",
    run: 3,
    error: { code: "task-failed", message: "no space left" },
    progress: { percent: 40, message: "copying" },
    metadata: { team: "a" },
    endedAt: "2026-01-01T00:00:02.500Z",
    ttlSeconds: 3600,
    expiresAt: "2026-01-01T01:00:02.500Z",
    warning: "costs money",
    schedule: { cron: "0 3 * * *", timeZone: "Europe/Paris", misfire: "once", nextFireAt: "2026-01-01T02:00:00.000Z" },
    uiWidget: "chart",
    widgetData: { points: [1, 2] },
    hasSavedState: true,
    autoResume: true,
    logHead: 1234,
  });
  const children = ["done", "done", "failed"].map((state) => ({ ...task, state }));
  await using server = new FixtureServer({
    "GET /processes/p1": () => ({ json: task }),
    "GET /processes": () => ({ json: { items: children, next: null } }),
  });
  const env = await server.start();
  expect((await runCli(["show", "p1"], { env })).stdout).toBe(
    [
      "id        p1",
      "name      First",
      "about     collects",
      "state     failed (run 3)",
      "error     no space left (task-failed)",
      "progress  40 % copying",
      'metadata  {"team":"a"}',
      "created   2026-01-01T00:00:00.000Z (1m ago)",
      "started   2026-01-01T00:00:00.000Z (1m ago)",
      "ended     2026-01-01T00:00:02.500Z (57s ago), took 2.5 s",
      "children  3: 2 done, 1 failed; optio ls --tree --filter id=p1",
      "schedule  0 3 * * * (Europe/Paris, missed: once)",
      "next      2026-01-01T02:00:00.000Z (in 1h)",
      "warning   costs money",
      "kept      1 h 0 min after its end",
      "expires   2026-01-01T01:00:02.500Z (in 59m)",
      "widget    chart",
      'shows     {"points":[1,2]}',
      "log       1 234 lines; optio log p1",
      "facts     can be resumed, resumes after a restart",
      "",
    ].join("\n"),
  );
  expect(server.requests[1]?.query.get("parent")).toBe("p1");
  expect(JSON.parse((await runCli(["show", "p1", "--json"], { env })).stdout)).toEqual(task);
});
