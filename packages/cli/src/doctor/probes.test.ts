import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FixtureServer, runCli } from "../program.test-support.ts";

test("the doctor looks at this machine without a server, and its JSON names every check", async () => {
  const home = await mkdtemp(join(tmpdir(), "optio-cli-"));
  try {
    const { code, stdout } = await runCli(["doctor", "--json"], {
      env: { OPTIO_HOME: join(home, "not", "there", "yet"), OPTIO_PORT: "0", PATH: process.env.PATH ?? "" },
    });
    const { ok, checks } = JSON.parse(stdout);
    expect({ code, ok }).toEqual({ code: 0, ok: true });
    expect(checks).toContainEqual(expect.objectContaining({ name: "codex", status: "ok", detail: "0.169.0" }));
  } finally {
    await rm(home, { recursive: true });
  }
});

test("a home that is a file, and a port that another program has, are told", async () => {
  const directory = await mkdtemp(join(tmpdir(), "optio-cli-"));
  const stranger = createServer((_request, response) => response.end("hello"));
  try {
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    const address = stranger.address();
    const port = typeof address === "object" ? address?.port : undefined;
    await writeFile(join(directory, "file"), "");
    const env = { OPTIO_HOME: join(directory, "file"), OPTIO_PORT: String(port), PATH: "" };
    const { code, stdout } = await runCli(["doctor"], { env });
    expect(code).toBe(1);
    expect(stdout).toContain("is not a directory");
    expect(stdout).toContain(`${port} is used by another program`);
    expect(stdout).toMatch(/not ready: home, port\n$/);
  } finally {
    stranger.close();
    await rm(directory, { recursive: true });
  }
});

test("a server of ours is recognised", async () => {
  await using server = new FixtureServer({
    "GET /health": () => ({ json: { status: "ok", version: "9.9.9", store: "sqlite", uptimeMs: 1 } }),
  });
  await server.start();
  const { stdout } = await runCli(["doctor"], { env: { OPTIO_PORT: String(server.port), PATH: "" } });
  expect(stdout).toContain(`${server.port}: optio 9.9.9 is running`);
});
