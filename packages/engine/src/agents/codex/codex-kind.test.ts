import { describe, expect, it } from "vitest";
import { createCodexKind } from "./codex-kind.ts";

const kind = createCodexKind({ serverEnv: { THERE: "yes" } });
const json = { given: "json", canAnswer: true } as const;

describe("the configuration of a codex session", () => {
  it("asks a person by default only where one can answer", () => {
    expect(kind.parseConfig({}, json).config).toMatchObject({ approvals: "on-request", sandbox: "workspace-write" });
    expect(kind.parseConfig({}, { given: "json", canAnswer: false }).config).toMatchObject({ approvals: "never" });
    const asked = kind.parseConfig({ approvals: "untrusted" }, { given: "json", canAnswer: false });
    expect(asked.config).toMatchObject({ approvals: "untrusted" });
  });

  it("names the model for lists, and whether a script answers", () => {
    const describe = (input: object) => kind.describe(kind.parseConfig(input, json).config);
    expect(describe({})).toEqual({ model: null, scripted: false });
    expect(describe({ codexConfig: { model: "a", model_provider: "scripted" } })).toEqual({
      model: "a",
      scripted: true,
    });
    expect(describe({ model: "b", codexConfig: { model: "a" } })).toEqual({ model: "b", scripted: false });
  });

  it("leaves functions to the program that gave them", () => {
    const { config } = kind.parseConfig({ onDecision: () => undefined, name: "n" }, { given: "code", canAnswer: true });
    expect(config).toMatchObject({ name: "n" });
    expect(config).not.toHaveProperty("onDecision");
    expect(() => kind.parseConfig({ onDecision: 5 }, { given: "code", canAnswer: true })).toThrow(
      expect.objectContaining({ code: "invalid" }),
    );
    expect(() => kind.parseConfig({ onDecision: () => undefined }, json)).toThrow(
      expect.objectContaining({ code: "invalid" }),
    );
  });

  it.each([
    [{ env: { A: { from: "NOT_THERE" } } }, "invalid", "NOT_THERE"],
    [{ env: { CODEX_HOME: "/x" } }, "invalid", "env.CODEX_HOME"],
    [{ codexConfig: { a: { b: null } } }, "agent-config-refused", "codexConfig.a.b"],
    [{ prompt: "x".repeat(1024 * 1024 + 1) }, "too-large", "1048576"],
    [{ sandbox: "none" }, "invalid", "sandbox"],
  ])("refuses %o at the door", (input, code, words) => {
    expect(() => kind.parseConfig(input, json)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) }),
    );
  });

  it("counts characters as codex does", () => {
    expect(kind.parseConfig({ prompt: "𝄞".repeat(1024 * 1024), env: { A: { from: "THERE" } } }, json)).toBeDefined();
  });
});
