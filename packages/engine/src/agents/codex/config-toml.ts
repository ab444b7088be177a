import { OptioError } from "@optio/contract";
import { stringify } from "smol-toml";
import type { Posture } from "../../agent/agent-kind.ts";

/** A value that TOML can hold. */
export type TomlValue = string | number | boolean | TomlValue[] | TomlTable;
export type TomlTable = { [key: string]: TomlValue };

/** What config.toml is made of. */
export interface ConfigParts {
  readonly workspace: string;
  readonly posture: Posture;
  readonly model?: string | undefined;
  readonly reasoningEffort?: string | undefined;
  /** `codexConfig` of the session. */
  readonly codexConfig: Readonly<Record<string, unknown>>;
}

/** A rendered config.toml and the keys of `codexConfig` that had to give way to the session's own. */
export interface RenderedConfig {
  readonly text: string;
  readonly overridden: readonly string[];
}

/**
 * Renders config.toml: quiet defaults, over them `codexConfig`, over it what the session decides (model, posture, trust, login store).
 * The same parts always give the same text.
 * @throws `agent-config-refused` naming the path of a value that TOML cannot hold.
 */
export function renderConfig(parts: ConfigParts): RenderedConfig {
  const { default_permissions: permissions, ...wanted } = readTomlTable(parts.codexConfig, "codexConfig");
  const fixed = sessionConfig(parts);
  const overridden = conflicts(wanted, fixed, "");
  // it would decide the sandbox of every thread that names none
  if (permissions !== undefined) overridden.push("default_permissions");
  const merged = [wanted, fixed].reduce(mergeTables, QUIET_DEFAULTS);
  return { text: stringify(sorted(merged)), overridden };
}

/** Nothing is fetched or sent that the session did not ask for; a session may turn these on again. */
const QUIET_DEFAULTS: TomlTable = {
  analytics: { enabled: false },
  feedback: { enabled: false },
  features: { plugins: false, apps: false, daemon_auto_start: false },
};

function sessionConfig(parts: ConfigParts): TomlTable {
  const { posture } = parts;
  return {
    ...(parts.model === undefined ? {} : { model: parts.model }),
    ...(parts.reasoningEffort === undefined ? {} : { model_reasoning_effort: parts.reasoningEffort }),
    // codex takes `untrusted` for a thread, but ends at once when its configuration says so
    approval_policy: posture.approvals === "untrusted" ? "on-request" : posture.approvals,
    sandbox_mode: posture.sandbox,
    ...(posture.sandbox === "workspace-write"
      ? {
          sandbox_workspace_write: {
            network_access: posture.networkAccess,
            writable_roots: [...posture.writableRoots],
          },
        }
      : {}),
    check_for_update_on_startup: false,
    cli_auth_credentials_store: "ephemeral",
    projects: { [parts.workspace]: { trust_level: "trusted" } },
  };
}

/** Reads a table. @throws `agent-config-refused` naming the path of a value that TOML cannot hold. */
export function readTomlTable(value: object, path: string): TomlTable {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]): [string, TomlValue][] =>
      member === undefined ? [] : [[readText(key, path), readValue(member, `${path}.${key}`)]],
    ),
  );
}

function readValue(value: unknown, path: string): TomlValue {
  if (typeof value === "boolean") return value;
  if (typeof value === "string") return readText(value, path);
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((entry: unknown, index) => readValue(entry, `${path}[${index}]`));
  if (isPlainObject(value)) return readTomlTable(value, path);
  throw refused(path, value === null ? "null" : `a ${typeof value}`);
}

function readText(text: string, path: string): string {
  if (text.isWellFormed()) return text;
  throw refused(path, "text with half a character (an unpaired surrogate)");
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function refused(path: string, what: string): OptioError {
  return new OptioError("agent-config-refused", `${path}: config.toml cannot hold ${what}; leave the key out`, {
    data: { key: path },
  });
}

function mergeTables(below: TomlTable, above: TomlTable): TomlTable {
  const merged = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(above)) {
    const under = merged.get(key);
    merged.set(key, isTable(under) && isTable(value) ? mergeTables(under, value) : value);
  }
  return Object.fromEntries(merged);
}

function conflicts(wanted: TomlTable, fixed: TomlTable, path: string): string[] {
  return Object.entries(fixed).flatMap(([key, value]) => {
    const asked = Object.hasOwn(wanted, key) ? wanted[key] : undefined;
    if (asked === undefined || JSON.stringify(asked) === JSON.stringify(value)) return [];
    if (isTable(asked) && isTable(value)) return conflicts(asked, value, `${path}${key}.`);
    return [`${path}${key}`];
  });
}

function sorted(table: TomlTable): TomlTable {
  return Object.fromEntries(
    Object.entries(table)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => [key, isTable(value) ? sorted(value) : value]),
  );
}

function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === "object" && !Array.isArray(value);
}
