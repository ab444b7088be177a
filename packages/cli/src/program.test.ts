import { describe, expect, test } from "vitest";
import { COMMANDS_NOT_LANDED } from "./commands/not-landed.ts";
import { runCli } from "./program.test-support.ts";

/** A port that nobody listens on: privileged and unassigned. */
const NOBODY = { OPTIO_URL: "http://127.0.0.1:9" };

describe("a command line", () => {
  test.each([
    [["nope"]],
    [["ls", "--nope"]],
    [["ls", "--state", "sleeping"]],
    [["show"]],
    [["run", "--sandbox", "none"]],
    [["run", "--env", "NOT_SET_ANYWHERE"]],
    [["run", "--wait"]],
    [["run", "-", "--api-key-stdin"]],
    [["decide", "x", "maybe"]],
    [["up", "--port", "70000"]],
    [["up", "--base-url", "optio.example"]],
    [["token", "create", "x", "--role", "king"]],
    [["launch"]],
    [["ls", "--filter", "colour=red"]],
    [["log", "x", "--level", "loud"]],
    [["log", "x", "--run", "first"]],
    [["group"]],
    [["group", "cancel"]],
    [["group", "cancel", "--filter", "state"]],
    [["blocks", "add"]],
    [["blocks", "lift"]],
    [["blocks", "lift", "x", "--filter", "kind=task"]],
    [["resync", "--filter", "{"]],
    [["ls", "--url", "ftp://x"]],
    [["attach", "x", "--tail", "many"]],
    [[]],
  ])("that is wrong ends with 2: %j", async (argv) => {
    const { code, stdout, stderr } = await runCli(argv, { env: NOBODY });
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).not.toBe("");
  });

  test("that is wrong gives a problem document with --json", async () => {
    const { code, stderr } = await runCli(["run", "--sandbox", "none", "--json"], { env: NOBODY });
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({ code: "usage", status: 400, detail: expect.stringContaining("none") });
  });

  test("that asks for help or the version ends with 0", async () => {
    expect(await runCli(["--help"])).toMatchObject({ code: 0, stderr: "" });
    expect((await runCli(["run", "--help"])).stdout).toContain("--codex-config");
    expect((await runCli(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each(COMMANDS_NOT_LANDED)("names the command that has not landed: %s", async (name) => {
    const { code, stderr } = await runCli([name, "x", "--to", "y", "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({
      code: "not-available",
      status: 501,
      detail: expect.stringContaining(`optio ${name}`),
    });
  });

  test("without a server says how to start it, with and without a token", async () => {
    for (const env of [NOBODY, { ...NOBODY, OPTIO_TOKEN: "t" }]) {
      const { code, stderr } = await runCli(["ls"], { env });
      expect(code).toBe(1);
      expect(stderr).toContain("server-unreachable");
      expect(stderr).toContain("optio up");
    }
  });
});
