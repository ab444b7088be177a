import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Writable } from "node:stream";
import { CODEX_CONFIG_KEYS } from "@optio/contract";
import { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CliContext } from "../context.ts";
import type { SessionFlags } from "./session-flags.ts";
import { addSessionFlags, KEY_OF_FLAG, readSessionInput } from "./session-flags.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "optio-cli-"));
});
afterAll(() => rm(directory, { recursive: true }));

function contextWith(stdin = "", env: Record<string, string> = {}): CliContext {
  const sink = new Writable();
  return {
    env,
    cwd: "/here",
    stdin: Readable.from([stdin]),
    stdout: sink,
    stderr: sink,
    signal: new AbortController().signal,
    now: () => 0,
    fetch: () => Promise.reject(new Error("not reached")),
    exit: { code: 0 },
  };
}

async function read(argv: readonly string[], context = contextWith(), prompt?: string) {
  const command = addSessionFlags(new Command()).exitOverride();
  command.parse([...argv], { from: "user" });
  return readSessionInput(context, prompt, command.opts<SessionFlags>());
}

describe("the flags of run", () => {
  test("reach every configuration key that can be given in JSON", () => {
    const keys = CODEX_CONFIG_KEYS.filter((key) => key.landed && key.given === "json").map((key) => key.key);
    expect(["prompt", ...Object.values(KEY_OF_FLAG)].sort()).toEqual(keys.sort());
    const known = addSessionFlags(new Command()).options.map((option) => option.long);
    expect(Object.keys(KEY_OF_FLAG).filter((flag) => !known.includes(flag))).toEqual([]);
  });

  test("that are absent set nothing, so that the server's defaults hold", async () => {
    expect(await read([])).toEqual({});
  });

  test("make a whole configuration", async () => {
    const argv =
      `--id a --name B --description C --metadata k=v --metadata {"n":1} --instructions D --model m --effort high
      --sandbox workspace-write --network --extra-dir sub --extra-dir ~/x:rwx --containment native --approvals untrusted --dir .
      --env A=b=c --env FROM_HERE --env-from S --env-from T=U --scrub-env AWS_* --codex-path bin/codex --no-resume
      --no-keep-workspace --recover fail --orphan-after-ms 5000`.split(/\s+/);
    expect(await read(argv, contextWith("", { FROM_HERE: "yes" }), "do it")).toEqual({
      id: "a",
      name: "B",
      description: "C",
      metadata: { k: "v", n: 1 },
      instructions: "D",
      prompt: "do it",
      model: "m",
      reasoningEffort: "high",
      sandbox: "workspace-write",
      networkAccess: true,
      extraDirs: [
        { path: "/here/sub", mode: "ro" },
        { path: "~/x", mode: "rwx" },
      ],
      containment: "native",
      approvals: "untrusted",
      source: { directory: "/here" },
      env: { A: "b=c", FROM_HERE: "yes", S: { from: "S" }, T: { from: "U" } },
      scrubEnv: ["AWS_*"],
      codex: { path: "/here/bin/codex" },
      supportsResume: false,
      keepWorkspaceOnFailure: false,
      recover: "fail",
      orphanAfterMs: 5000,
    });
  });

  test("merge config.toml entries from dotted keys, objects and files", async () => {
    const file = join(directory, "provider.json");
    await writeFile(file, JSON.stringify({ model_providers: { p: { base_url: "u", wire_api: "responses" } } }));
    const argv = ["model_provider=p", "model_providers.p.name=P", "tools.web=true", '{"tools":{"n":[1]}}', `@${file}`];
    const input = await read(argv.flatMap((entry) => ["--codex-config", entry]));
    expect(input.codexConfig).toEqual({
      model_provider: "p",
      model_providers: { p: { name: "P", base_url: "u", wire_api: "responses" } },
      tools: { web: true, n: [1] },
    });
  });

  test("read long texts from files and standard input", async () => {
    const file = join(directory, "task.md");
    await writeFile(file, "the task");
    expect(await read(["--instructions", `@${file}`], contextWith("from stdin\n"), "-")).toEqual({
      instructions: "the task",
      prompt: "from stdin",
    });
    expect(await read(["--api-key-stdin"], contextWith("key\n"))).toEqual({ identity: { apiKey: "key" } });
  });

  test("win over a configuration file", async () => {
    const file = join(directory, "session.json");
    await writeFile(file, JSON.stringify({ name: "from file", model: "m", prompt: "p" }));
    expect(await read(["--config", file, "--name", "from flag"])).toEqual({
      name: "from flag",
      model: "m",
      prompt: "p",
    });
  });

  test.each([
    [["--metadata", "novalue"], "usage", "novalue"],
    [["--codex-config", "{broken"], "usage", "{broken"],
    [["--env", "NOT_SET"], "usage", "NOT_SET"],
    [["--orphan-after-ms", "1s"], "usage", "1s"],
    [["--instructions", "@/no/such/file"], "usage", "/no/such/file"],
    [["--network", "--sandbox", "read-only"], "contradiction", "networkAccess"],
    [["--id", "../x"], "invalid", "id"],
  ])("that are wrong are refused before anything is sent: %j", async (argv, code, words) => {
    await expect(read(argv)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
  });

  test("refuse a key of a file whose part has not landed, by name", async () => {
    const file = join(directory, "later.json");
    await writeFile(file, JSON.stringify({ host: "elsewhere" }));
    await expect(read(["--config", file])).rejects.toMatchObject({ code: "not-available", data: { key: "host" } });
  });
});
