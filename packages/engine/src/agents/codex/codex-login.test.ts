import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { AgentRig } from "../../testing/agent/agent-rig.ts";
import { createCodexKind } from "./codex-kind.ts";

const API_KEY = "sk-test-0123456789-never-on-disk";

/** Files below the directory that hold the text. */
async function filesWith(text: string, dir: string): Promise<string> {
  const { stdout } = await promisify(execFile)("sh", ["-c", 'grep -rlF -- "$1" "$2" || test $? = 1', "sh", text, dir]);
  return stdout;
}

describe("a login by API key, with the real codex", () => {
  it("is asked for, taken, kept in memory only and gone with the program", async () => {
    await using rig = await AgentRig.create({ kind: createCodexKind(), input: {} });
    await rig.start();
    const { connection, facts } = await rig.connect();
    expect(await connection.loginState(rig.signal)).toEqual({ required: true });
    await expect(connection.login({ type: "apiKey", apiKey: " " }, rig.signal)).rejects.toMatchObject({
      code: "login-failed",
    });
    await connection.login({ type: "apiKey", apiKey: API_KEY }, rig.signal);
    expect(await facts.until("login.changed")).toEqual({ type: "login.changed", required: false, account: "apikey" });
    expect(await connection.loginState(rig.signal)).toEqual({ required: false });
    expect(await filesWith(API_KEY, rig.dirs.taskDir)).toBe("");
    await rig.kill();
    expect(await filesWith(API_KEY, rig.dirs.taskDir)).toBe("");
    await rig.start();
    const later = await rig.connect();
    expect(await later.connection.loginState(rig.signal)).toEqual({ required: true });
  });

  it("is refused where codex could not read its configuration, for it would write the key to a file", async () => {
    await using rig = await AgentRig.create({
      kind: createCodexKind(),
      input: { codexConfig: { model_provider: "nope" } },
    });
    await rig.start();
    const { connection } = await rig.connect();
    await expect(connection.login({ type: "apiKey", apiKey: API_KEY }, rig.signal)).rejects.toMatchObject({
      code: "agent-config-refused",
      message: expect.stringContaining("nope"),
    });
    expect(await filesWith(API_KEY, rig.dirs.taskDir)).toBe("");
  });

  it.each([
    ["an unknown provider", { model_provider: "nope" }, "nope"],
    ["a value of the wrong type", { model_providers: { x: { name: 1 } } }, "config.toml"],
  ])("names the fault of %s before there is a thread", async (_what, codexConfig, words) => {
    await using rig = await AgentRig.create({ kind: createCodexKind(), input: { codexConfig } });
    await rig.start();
    await expect(rig.openThread()).rejects.toMatchObject({
      code: "agent-config-refused",
      message: expect.stringContaining(words),
    });
  });
});
