import { describe, expect, it } from "vitest";
import { explainFailure } from "./explain-failure.ts";

const ESC = String.fromCharCode(27);

describe("explainFailure", () => {
  it.each([
    "Error loading config.toml: TOML parse error at line 1, column 3\n  |\n1 | a b\n",
    `${ESC}[2m2026-01-01T00:00:00Z${ESC}[0m ${ESC}[31mERROR${ESC}[0m: Invalid configuration; using defaults. /h/config.toml:17:1: invalid type`,
    'Error: approval_policy = "untrusted" is no longer supported; remove this setting',
  ])("knows a refused configuration: %s", (tail) => {
    const { code, message } = explainFailure(1, tail);
    expect(code).toBe("agent-config-refused");
    expect(message).not.toContain(ESC);
    expect(message).toContain(tail.includes("TOML parse") ? "line 1, column 3" : tail.slice(-12));
  });

  it("gives the last lines otherwise, with how it ended", () => {
    const notice =
      "ERROR codex_app_server: Codex could not find bubblewrap on PATH. Codex will use the bundled bubblewrap";
    const tail = `${"noise\n".repeat(50)}thread 'main' panicked\nno space left on device\n${notice}\n\n`;
    expect(explainFailure(101, tail)).toEqual({
      code: "agent-start-failed",
      message: expect.stringMatching(/^codex ended with exit code 101: .*no space left on device$/s),
    });
    expect(explainFailure(null, "")).toEqual({
      code: "agent-start-failed",
      message: "codex ended without an exit code (killed) and said nothing",
    });
  });

  it("cuts secrets and never grows without bound", () => {
    const tail = `using sk-abcdef1234567890\nAuthorization: Bearer abc.def.ghi\napi_key="hunter2" ${"x".repeat(5000)}`;
    const { message } = explainFailure(1, tail);
    expect(message).not.toMatch(/1234567890|abc\.def|hunter2/);
    expect(message.length).toBeLessThan(1600);
  });
});
