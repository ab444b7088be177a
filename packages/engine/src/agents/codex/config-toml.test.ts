import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import type { Posture } from "../../agent/agent-kind.ts";
import type { ConfigParts } from "./config-toml.ts";
import { renderConfig } from "./config-toml.ts";

const posture: Posture = {
  sandbox: "workspace-write",
  approvals: "on-request",
  networkAccess: false,
  containment: "native",
  writableRoots: ["/data/one"],
};
const render = (codexConfig: Record<string, unknown>, more: Partial<ConfigParts> = {}) =>
  renderConfig({ workspace: '/w/a "b"', posture, codexConfig, ...more });

describe("config.toml", () => {
  it("is quiet, holds the posture, trusts the workspace and keeps logins in memory", () => {
    const { text, overridden } = render({ model_provider: "x", model_providers: { x: { base_url: "http://h/v1" } } });
    expect(text).toBe(`approval_policy = "on-request"
check_for_update_on_startup = false
cli_auth_credentials_store = "ephemeral"
model_provider = "x"
sandbox_mode = "workspace-write"

[analytics]
enabled = false

[features]
apps = false
daemon_auto_start = false
plugins = false

[feedback]
enabled = false

[model_providers.x]
base_url = "http://h/v1"

[projects."/w/a \\"b\\""]
trust_level = "trusted"

[sandbox_workspace_write]
network_access = false
writable_roots = [ "/data/one" ]
`);
    expect(overridden).toEqual([]);
  });

  it("does not depend on the order of the keys it is given", () => {
    const one = render({ b: 1, a: { d: [1, 2], c: "x" } });
    const other = render({ a: { c: "x", d: [1, 2] }, b: 1 });
    expect(one.text).toBe(other.text);
  });

  it("lets codexConfig change the quiet defaults, and the session's model win", () => {
    const { text } = render(
      { features: { plugins: true, hooks: true }, model: "a" },
      { model: "b", reasoningEffort: "low" },
    );
    expect(parse(text)).toMatchObject({
      features: { plugins: true, hooks: true, apps: false },
      model: "b",
      model_reasoning_effort: "low",
    });
  });

  it("keeps the session's security keys, and says which of codexConfig gave way", () => {
    const { text, overridden } = render({
      sandbox_mode: "danger-full-access",
      approval_policy: "never",
      default_permissions: ":danger-full-access",
      cli_auth_credentials_store: "file",
      check_for_update_on_startup: true,
      sandbox_workspace_write: { network_access: true, writable_roots: ["/"], exclude_slash_tmp: true },
      projects: { '/w/a "b"': { trust_level: "untrusted" }, "/other": { trust_level: "untrusted" } },
    });
    const config = parse(text);
    expect(config).toMatchObject({
      sandbox_mode: "workspace-write",
      approval_policy: "on-request",
      cli_auth_credentials_store: "ephemeral",
      check_for_update_on_startup: false,
      sandbox_workspace_write: { network_access: false, writable_roots: ["/data/one"], exclude_slash_tmp: true },
      projects: { '/w/a "b"': { trust_level: "trusted" }, "/other": { trust_level: "untrusted" } },
    });
    expect(config).not.toHaveProperty("default_permissions");
    expect([...overridden].sort()).toEqual([
      "approval_policy",
      "check_for_update_on_startup",
      "cli_auth_credentials_store",
      "default_permissions",
      'projects./w/a "b".trust_level',
      "sandbox_mode",
      "sandbox_workspace_write.network_access",
      "sandbox_workspace_write.writable_roots",
    ]);
  });

  it("leaves writable roots out where the sandbox writes nothing or everything", () => {
    for (const sandbox of ["read-only", "danger-full-access"]) {
      expect(parse(render({}, { posture: { ...posture, sandbox } }).text)).not.toHaveProperty(
        "sandbox_workspace_write",
      );
    }
  });

  it.each([
    [{ a: { b: [1, null] } }, "codexConfig.a.b[1]"],
    [{ a: Number.NaN }, "codexConfig.a"],
    [{ a: 10n }, "codexConfig.a"],
    [{ a: { b: () => 1 } }, "codexConfig.a.b"],
    [{ a: new Date(0) }, "codexConfig.a"],
    [{ a: "half \ud800" }, "codexConfig.a"],
    [{ "half \ud800": 1 }, "codexConfig"],
  ])("refuses %o, naming %s", (codexConfig, path) => {
    expect(() => render(codexConfig)).toThrow(
      expect.objectContaining({ code: "agent-config-refused", data: { key: path } }),
    );
  });

  it("takes keys that are names of objects' own members as any other", () => {
    const codexConfig: Record<string, unknown> = JSON.parse('{"__proto__": {"x": 1}, "constructor": {"y": 2}}');
    const { text } = render(codexConfig);
    expect(text).toContain("[__proto__]\nx = 1");
    expect(Object.hasOwn(Object.prototype, "x")).toBe(false);
  });

  it("never tells codex of a policy that makes it end at its start", () => {
    expect(parse(render({}, { posture: { ...posture, approvals: "untrusted" } }).text).approval_policy).toBe(
      "on-request",
    );
  });
});
