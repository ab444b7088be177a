import { describe, expect, test } from "vitest";
import { OptioError } from "../errors.ts";
import { CODEX_CONFIG_KEYS, parseCodexConfig } from "./codex.ts";

/** A value of each key that is right where the key has landed. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  id: "s1",
  name: "a name",
  description: "what it is for",
  metadata: { team: "a" },
  instructions: "stand by",
  prompt: "hello",
  autoStart: false,
  model: "m",
  reasoningEffort: "low",
  sandbox: "workspace-write",
  networkAccess: true,
  extraDirs: [{ path: "~/x", mode: "rw" }],
  containment: "native",
  approvals: "never",
  source: { directory: "/work" },
  env: { A: "b", C: { from: "D" } },
  scrubEnv: ["AWS_*"],
  codexConfig: { model_provider: "x" },
  codex: { path: "/usr/bin/codex" },
  identity: { apiKey: "k" },
  supportsResume: true,
  keepWorkspaceOnFailure: true,
  recover: "resume",
  orphanAfterMs: 5_000,
};

const DESIGN_KEYS = [
  ...[
    "id",
    "name",
    "description",
    "metadata",
    "instructions",
    "prompt",
    "autoStart",
    "model",
    "reasoningEffort",
    "sandbox",
  ],
  ...[
    "networkAccess",
    "extraDirs",
    "containment",
    "approvals",
    "host",
    "source",
    "env",
    "scrubEnv",
    "codexConfig",
    "codex",
  ],
  ...[
    "identity",
    "channel",
    "beforeExecute",
    "afterExecute",
    "onDeliverable",
    "onCallerMessage",
    "onUpload",
    "onDecision",
  ],
  ...["onResumeRefresh", "onSeedSaved", "supportsResume", "exclude", "retention", "keepWorkspaceOnFailure", "view"],
  ...["maxUploadBytes", "maxDownloadBytes", "endOnTerminalExit", "recover", "orphanAfterMs", "hibernateAfterMs"],
];

function refusal(input: object, given: "json" | "code" = "json"): OptioError {
  try {
    parseCodexConfig(input, given);
  } catch (error) {
    if (error instanceof OptioError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

describe("the keys of a session configuration", () => {
  test("are those of the design, in its order", () => {
    expect(CODEX_CONFIG_KEYS.map(({ key }) => key)).toEqual(DESIGN_KEYS);
  });

  test.each(CODEX_CONFIG_KEYS.filter(({ landed, given }) => landed && given === "json").map(({ key }) => key))(
    "takes %s",
    (key) => {
      expect(parseCodexConfig({ [key]: SAMPLES[key] })).toHaveProperty(key, SAMPLES[key]);
    },
  );

  test.each(CODEX_CONFIG_KEYS.filter(({ landed }) => !landed).map(({ key }) => key))(
    "refuses %s as not available, naming it",
    (key) => {
      const error = refusal({ [key]: {} });
      expect(error).toMatchObject({ code: "not-available", status: 422, data: { key } });
      expect(error.message).toContain(`'${key}'`);
    },
  );

  test("refuses a function key outside of programs", () => {
    expect(refusal({ onDecision: "x" })).toMatchObject({ code: "invalid", data: { key: "onDecision" } });
  });

  test("refuses an unknown key, naming it and the known ones", () => {
    const error = refusal({ sandobx: "read-only" });
    expect(error.code).toBe("invalid");
    expect(error.message).toContain("'sandobx'");
    expect(error.message).toContain("sandbox");
  });

  test.each([
    ["containment", { containment: "bubblewrap" }],
    ["source", { source: { git: "https://example.invalid/x", ref: "main" } }],
    ["source", { source: { copy: "/x" } }],
    ["identity", { identity: { account: "a" } }],
    ["identity", { identity: { pool: "p" } }],
    ["identity", { identity: { seed: "s" } }],
    ["codex", { codex: { install: false } }],
  ])("refuses a value of %s whose part has not landed: %j", (key, input) => {
    expect(refusal(input)).toMatchObject({ code: "not-available", data: { key } });
  });

  test.each([
    ["prompt", { prompt: "x", autoStart: true }],
    ["networkAccess", { networkAccess: true, sandbox: "read-only" }],
    ["networkAccess", { networkAccess: true, sandbox: "danger-full-access" }],
    ["containment", { containment: "none" }],
    ["extraDirs", { sandbox: "read-only", extraDirs: [{ path: "/x", mode: "rwx" }] }],
  ])("refuses contradictory keys, naming %s", (key, input) => {
    const error = refusal(input);
    expect(error.code).toBe("contradiction");
    expect(error.message).toContain(key);
  });

  test.each([
    [{ id: "../x" }, "id"],
    [{ id: "a/b" }, "id"],
    [{ sandbox: "none" }, "sandbox"],
    [{ prompt: 7 }, "prompt"],
    [{ prompt: "" }, "prompt"],
    [{ env: { "1A": "x" } }, "env"],
    [{ env: { A: 1 } }, "env"],
    [{ orphanAfterMs: 1 }, "orphanAfterMs"],
    [{ extraDirs: [{ path: "/x", mode: "w" }] }, "extraDirs.0.mode"],
    [{ reasoningEffort: "Very high" }, "reasoningEffort"],
  ])("refuses %j, naming %s", (input, path) => {
    const error = refusal(input);
    expect(error.code).toBe("invalid");
    expect(error.message).toContain(path);
  });

  test("has the design's defaults", () => {
    expect(parseCodexConfig({})).toMatchObject({
      autoStart: false,
      sandbox: "workspace-write",
      networkAccess: false,
      containment: "native",
      source: "none",
      identity: "none",
      supportsResume: true,
      recover: "resume",
      orphanAfterMs: 3_600_000,
    });
  });
});
