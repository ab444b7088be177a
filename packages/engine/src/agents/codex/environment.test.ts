import { describe, expect, it } from "vitest";
import type { EnvironmentParts } from "./environment.ts";
import { buildEnvironment } from "./environment.ts";

const parts: EnvironmentParts = {
  inherited: { PATH: "/bin", LANG: "C", HTTP_PROXY: "p" },
  isolation: { HOME: "/task/home" },
  env: {},
  scrubEnv: [],
  serverEnv: { TOKEN: "t" },
};

describe("codex's environment", () => {
  it("is what the host lets through, the session's own variables and the isolated home", () => {
    const env = { A: "1", B: { from: "TOKEN" }, LANG: "de" };
    expect(buildEnvironment({ ...parts, env })).toEqual({
      PATH: "/bin",
      LANG: "de",
      HTTP_PROXY: "p",
      A: "1",
      B: "t",
      HOME: "/task/home",
    });
  });

  it("scrubs inherited names by glob, case by case, and nothing that was given on purpose", () => {
    const env = { HTTPS_PROXY: "mine" };
    expect(buildEnvironment({ ...parts, env, scrubEnv: ["*_PROXY", "lang", "HOME"] })).toEqual({
      PATH: "/bin",
      LANG: "C",
      HTTPS_PROXY: "mine",
      HOME: "/task/home",
    });
  });

  it("refuses a variable that the server does not have, and one that would move the home", () => {
    expect(() => buildEnvironment({ ...parts, env: { A: { from: "NOT_THERE" } } })).toThrow(
      expect.objectContaining({ code: "invalid", message: expect.stringContaining("NOT_THERE") }),
    );
    expect(() => buildEnvironment({ ...parts, env: { HOME: "/root" } })).toThrow(
      expect.objectContaining({ code: "invalid", message: expect.stringContaining("env.HOME") }),
    );
  });
});
