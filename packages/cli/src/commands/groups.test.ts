import { describe, expect, test } from "vitest";
import { FixtureServer, problem, runCli } from "../program.test-support.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;
const block = {
  id: "b1",
  filter: { "metadata.team": "a" },
  reason: "maintenance",
  persistent: true,
  createdAt: "2026-01-01T00:00:00.000Z",
};

describe("group cancel", () => {
  const outcome = { cancelled: 3, ended: true, purged: 2, blockId: "b1" };

  test("sends what was asked for, once, and tells what came of it", async () => {
    await using server = new FixtureServer({ "POST /groups/cancel": () => ({ json: outcome }) });
    const env = await server.start();
    const flags = ["--wait", "--block", "--persist", "--reason", "r", "--purge"];
    const { code, stdout } = await runCli(["group", "cancel", "--filter", "metadata.team=a", ...flags], { env });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "cancelled 3, all have ended, removed 2, block b1 stays\n" });
    expect(server.requests[0]).toMatchObject({
      body: { filter: { "metadata.team": "a" }, waitMs: 30_000, block: true, persist: true, reason: "r", purge: true },
      headers: { "idempotency-key": expect.stringMatching(UUID) },
    });
    const json = await runCli(["group", "cancel", "--filter", '{"kind":"task"}', "--json"], { env });
    expect(JSON.parse(json.stdout)).toEqual(outcome);
  });

  test("fails when it waited and not all have ended", async () => {
    await using server = new FixtureServer({ "POST /groups/cancel": () => ({ json: { ...outcome, ended: false } }) });
    const argv = ["group", "cancel", "--filter", "kind=task"];
    const env = await server.start();
    expect(await runCli([...argv, "--wait", "5"], { env })).toMatchObject({ code: 1 });
    expect(await runCli(argv, { env })).toMatchObject({ code: 0 });
  });

  test("tells the role that is missing", async () => {
    const refusal = problem(403, "forbidden", "the key 'purge' takes the role 'admin'");
    await using server = new FixtureServer({ "POST /groups/cancel": () => refusal });
    const argv = ["group", "cancel", "--filter", "kind=task", "--purge"];
    const { code, stderr } = await runCli(argv, { env: await server.start() });
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("admin") });
  });
});

describe("blocks", () => {
  test("are listed, with and without ls", async () => {
    await using server = new FixtureServer({ "GET /blocks": () => ({ json: { items: [block], next: null } }) });
    const env = await server.start();
    const { stdout } = await runCli(["blocks"], { env });
    expect(stdout).toBe(
      'ID  AGE  UNTIL   FILTER                 REASON\nb1  1m   lifted  {"metadata.team":"a"}  maintenance\n',
    );
    expect((await runCli(["blocks", "ls"], { env })).stdout).toBe(stdout);
    expect(JSON.parse((await runCli(["blocks", "--json"], { env })).stdout).items).toEqual([block]);
  });

  test("are added for good or until the server stops", async () => {
    await using server = new FixtureServer({ "POST /blocks": () => ({ status: 201, json: block }) });
    const env = await server.start();
    const { stdout } = await runCli(["blocks", "add", "--filter", "metadata.team=a", "--reason", "r"], { env });
    expect(stdout).toBe('blocked {"metadata.team":"a"} (b1)\n');
    await runCli(["blocks", "add", "--filter", "{}", "--memory"], { env });
    expect(server.requests.map(({ body }) => body)).toEqual([
      { filter: { "metadata.team": "a" }, persistent: true, reason: "r" },
      { filter: {}, persistent: false },
    ]);
  });

  test("are lifted by id or by filter", async () => {
    let removed = 1;
    await using server = new FixtureServer({ "DELETE /blocks": () => ({ json: { removed } }) });
    const env = await server.start();
    expect(await runCli(["blocks", "lift", "b1"], { env })).toMatchObject({ code: 0, stdout: "lifted 1\n" });
    removed = 0;
    const none = await runCli(["blocks", "lift", "--filter", "metadata.team=a"], { env });
    expect(none).toMatchObject({ code: 1, stdout: "no such block\n" });
    expect(server.requests.map(({ query }) => Object.fromEntries(query))).toEqual([
      { id: "b1" },
      { filter: '{"metadata.team":"a"}' },
    ]);
  });
});

test("resync tells what changed", async () => {
  await using server = new FixtureServer({
    "POST /resync": () => ({ status: 202, json: { defined: 2, added: ["a", "b"], removed: [] } }),
  });
  const env = await server.start();
  const { stdout } = await runCli(["resync", "--clean", "--filter", "metadata.team=a"], { env });
  expect(stdout).toBe("2 definitions; added a, b\n");
  await runCli(["resync"], { env });
  expect(server.requests.map(({ body }) => body)).toEqual([
    { clean: true, filter: { "metadata.team": "a" } },
    { clean: false },
  ]);
});
