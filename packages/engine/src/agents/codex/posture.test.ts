import { access, chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLocalHost } from "../../host/local/local-host.ts";
import { silentLogger } from "../../kernel/logger.ts";
import type { ScriptedModel } from "../../scripted-model/index.ts";
import { startScriptedModel } from "../../scripted-model/index.ts";
import { AgentRig } from "../../testing/agent/agent-rig.ts";
import { createCodexKind } from "./codex-kind.ts";
import { locateBinary } from "./locate-binary.ts";
import { probeSandbox } from "./posture.ts";

const kind = createCodexKind();
let model: ScriptedModel;
let outside = "";
beforeAll(async () => {
  // the command to run is the message
  model = await startScriptedModel({ script: ({ lastUserText }) => [{ run: lastUserText }, { say: "done" }] });
  outside = await mkdtemp("/var/tmp/optio-outside-");
});
afterAll(async () => {
  await model.close();
  await rm(outside, { recursive: true });
});

/** Has codex run a command in a session of that configuration. */
async function runCommand(input: object, command: string): Promise<{ output: unknown; exitCode: unknown }> {
  await using rig = await AgentRig.create({
    kind,
    input: { codexConfig: model.codexConfig(), ...input },
    canAnswer: false,
  });
  await rig.start();
  const { connection, facts, threadId } = await rig.openThread();
  // codex makes no item of some commands that fail in the instant they start
  await connection.startTurn({ threadId, text: `sleep 0.4; ${command}`, messageId: "msg_1" }, rig.signal);
  const { item } = await facts.until("item.completed", (fact) => fact.item.kind === "commandExecution");
  await facts.until("turn.completed");
  return { output: item.aggregatedOutput, exitCode: item.exitCode };
}

describe("the posture, with the real codex", () => {
  it("lets a command write in the workspace and nowhere else", async () => {
    const file = join(outside, "escaped");
    const { output, exitCode } = await runCommand({}, `echo in > inside && cat inside; touch ${file}`);
    expect(output).toContain("in\n");
    expect(exitCode).not.toBe(0);
    await expect(access(file)).rejects.toThrow();
  });

  it("lets it write in a granted directory, and read in one that is not for writing", async () => {
    const writable = join(outside, "writable");
    const readable = join(outside, "readable");
    await mkdir(writable);
    await mkdir(readable);
    await writeFile(join(readable, "text"), "readable\n");
    const extraDirs = [
      { path: writable, mode: "rw" },
      { path: readable, mode: "ro" },
    ];
    const command = `echo ok > ${writable}/file; cat ${readable}/text; touch ${readable}/file || echo refused`;
    const { output } = await runCommand({ extraDirs }, command);
    expect(await readFile(join(writable, "file"), "utf8")).toBe("ok\n");
    expect(output).toMatch(/^readable\n.*refused\n$/s);
    await expect(access(join(readable, "file"))).rejects.toThrow();
  });

  it("writes nothing where it may only read", async () => {
    const { output, exitCode } = await runCommand(
      { sandbox: "read-only" },
      "touch inside; touch /tmp/optio-probe-file; ls; exit 7",
    );
    expect(exitCode).toBe(7);
    expect(output).not.toContain("\ninside");
    await expect(access("/tmp/optio-probe-file")).rejects.toThrow();
  });

  it("follows the network flag", async () => {
    const server = createServer((_request, response) => response.end("reached"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const command = `exec 3<>/dev/tcp/127.0.0.1/${port} && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3`;
      expect((await runCommand({}, command)).output).not.toContain("reached");
      expect((await runCommand({ networkAccess: true }, command)).output).toContain("reached");
    } finally {
      server.close();
    }
  });

  it("keeps nothing from a command in full access", async () => {
    const file = join(outside, "full");
    await runCommand({ sandbox: "danger-full-access", containment: "none" }, `touch ${file}`);
    await access(file);
  });
});

describe("resolving the posture", () => {
  const resolve = async (input: object) => {
    await using rig = await AgentRig.create({ kind, input });
    return await rig.posture();
  };

  it("resolves granted directories and the account's home", async () => {
    const link = join(outside, "link");
    await mkdir(join(outside, "real"));
    await symlink(join(outside, "real"), link);
    const extraDirs = [
      { path: link, mode: "rwx" },
      { path: "~", mode: "ro" },
      { path: "~/.", mode: "rw" },
    ];
    expect(await resolve({ extraDirs })).toEqual({
      sandbox: "workspace-write",
      approvals: "on-request",
      networkAccess: false,
      containment: "native",
      writableRoots: [join(outside, "real"), userInfo().homedir],
    });
  });

  it("says that full access has the network", async () => {
    expect(await resolve({ sandbox: "danger-full-access" })).toMatchObject({ networkAccess: true, writableRoots: [] });
  });

  it("refuses a directory that is none, and one of the session itself", async () => {
    const file = join(outside, "a-file");
    await writeFile(file, "");
    for (const path of ["relative", join(outside, "missing"), file]) {
      await expect(resolve({ extraDirs: [{ path, mode: "ro" }] })).rejects.toMatchObject({
        code: "directory-refused",
        message: expect.stringContaining(path),
      });
    }
    await using rig = await AgentRig.create({ kind, input: {} });
    const parsed = kind.parseConfig(
      { extraDirs: [{ path: rig.dirs.control, mode: "rw" }] },
      { given: "json", canAnswer: true },
    );
    const driver = kind.createDriver({ ...parsed, host: rig.host, dirs: rig.dirs, logger: silentLogger });
    await expect(driver.prepare(rig.signal)).rejects.toMatchObject({ code: "directory-refused" });
  });
});

describe("the probe of the sandbox", () => {
  const host = createLocalHost();
  const signal = new AbortController().signal;
  const posture = {
    sandbox: "workspace-write",
    approvals: "never",
    networkAccess: false,
    containment: "native",
    writableRoots: [],
  };

  it("passes here and leaves nothing behind", async () => {
    const binary = await locateBinary({ host, path: undefined, versions: new Map(), signal });
    const scratchDir = join(outside, "probe");
    await probeSandbox({ host, binary, posture, scratchDir, signal });
    await probeSandbox({ host, binary, posture: { ...posture, sandbox: "read-only" }, scratchDir, signal });
    await expect(access(scratchDir)).rejects.toThrow();
  });

  it("stops a session before its thread where commands cannot be sandboxed, with codex's reason", async () => {
    const { path } = await locateBinary({ host, path: undefined, versions: new Map(), signal });
    const broken = join(outside, "broken-sandbox");
    const body = `#!/bin/sh\n[ "$1" = sandbox ] && { echo 'bwrap: setting up uid map: Operation not permitted' >&2; exit 1; }\nexec ${path} "$@"\n`;
    await writeFile(broken, body);
    await chmod(broken, 0o700);
    await using rig = await AgentRig.create({
      kind,
      input: { codexConfig: model.codexConfig(), codex: { path: broken } },
    });
    await rig.start();
    await expect(rig.openThread()).rejects.toMatchObject({
      code: "containment-unavailable",
      message: expect.stringContaining("setting up uid map"),
    });
  });
});
