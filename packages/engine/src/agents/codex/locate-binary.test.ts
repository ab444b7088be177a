import { chmod, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CODEX_VERSION } from "@optio/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLocalHost } from "../../host/local/local-host.ts";
import { isAcceptedVersion, locateBinary } from "./locate-binary.ts";

const host = createLocalHost();
const signal = new AbortController().signal;
let dir = "";
beforeAll(async () => {
  dir = await mkdtemp("/var/tmp/optio-binary-");
});
afterAll(() => rm(dir, { recursive: true }));

const locate = (path?: string, versions = new Map<string, string>()) => locateBinary({ host, path, versions, signal });

async function script(name: string, body: string, mode = 0o700): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, mode);
  return path;
}

describe("finding codex", () => {
  it("takes the pinned package, whose program is of the version it says", async () => {
    const pinned = await locate();
    expect(pinned.version).toBe(CODEX_VERSION);
    expect(await locate(pinned.path)).toEqual(pinned);
  });

  it("follows a link to the real tree, which codex needs around it", async () => {
    const pinned = await locate();
    const link = join(dir, "link");
    await symlink(pinned.path, link);
    expect((await locate(link)).path).toBe(pinned.path);
  });

  it("refuses another version, naming both", async () => {
    const path = await script("old", "echo codex-cli 0.142.5");
    await expect(locate(path)).rejects.toMatchObject({
      code: "agent-version-refused",
      message: `${path} is codex 0.142.5; wanted ${CODEX_VERSION}`,
    });
  });

  it.each([
    ["says nothing", "true"],
    ["fails", "echo codex-cli 0.169.0; exit 3"],
  ])("refuses a program that %s when asked for its version", async (_what, body) => {
    const path = await script("odd", body);
    await expect(locate(path)).rejects.toMatchObject({
      code: "agent-version-refused",
      message: expect.stringContaining(path),
    });
  });

  it("runs a program for its version once, and again when it has changed", async () => {
    const versions = new Map<string, string>();
    const path = await script("counted", `echo x >>${dir}/runs; echo codex-cli 0.169.3`);
    expect((await locate(path, versions)).version).toBe("0.169.3");
    await locate(path, versions);
    expect(await host.files.readText(join(dir, "runs"))).toBe("x\n");
    await script("counted", "echo codex-cli 0.1.0 # another file");
    await expect(locate(path, versions)).rejects.toMatchObject({ code: "agent-version-refused" });
  });

  it("names the path where there is no program, and what to do", async () => {
    const notExecutable = await script("plain", "", 0o600);
    for (const path of [join(dir, "missing"), dir, notExecutable, "codex", "../codex"]) {
      await expect(locate(path)).rejects.toMatchObject({
        code: "agent-binary-missing",
        message: expect.stringContaining(path),
      });
    }
  });

  it("accepts every patch of the pinned version and no other", () => {
    expect(["0.169.0", "0.169.12", "0.169.1-alpha"].filter(isAcceptedVersion)).toHaveLength(3);
    expect(["0.168.9", "0.170.0", "1.169.0", "0.1690.0"].filter(isAcceptedVersion)).toEqual([]);
  });
});
