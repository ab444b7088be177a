import type { CodexSessionConfig } from "@optio/contract";
import {
  CODEX_CONFIG_KEYS,
  codexSessionConfigSchema,
  OptioError,
  parseCodexConfig,
  parseOrThrow,
  toOptioError,
} from "@optio/contract";
import type { AgentKind } from "../../agent/agent-kind.ts";
import { readTomlTable } from "./config-toml.ts";
import { CodexDriver } from "./driver.ts";
import { resolveEnv } from "./environment.ts";
import { homePlaces } from "./home.ts";
import { pinnedVersion } from "./locate-binary.ts";
import { refuseLongText } from "./text-limit.ts";

export interface CodexKindOptions {
  /** Where `env: {from}` looks; default: the environment of this process. */
  readonly serverEnv?: Readonly<Record<string, string | undefined>>;
}

/** The name that a scripted model's provider has in `codexConfig`. */
const SCRIPTED_PROVIDER = "scripted";
const RESERVED_NAMES = Object.keys(homePlaces("/").env);

/** Codex as an agent kind. Findings about programs (version, working sandbox) are kept as long as the kind. */
export function createCodexKind(options: CodexKindOptions = {}): AgentKind {
  const serverEnv = options.serverEnv ?? process.env;
  const caches = { versions: new Map<string, string>(), sandboxes: new Set<string>() };
  return {
    id: "codex",
    label: "Codex",
    url: "https://developers.openai.com/codex",
    loginKinds: ["apiKey"],
    parseConfig(input, { given, canAnswer }) {
      const config = parseCodexConfig(withoutFunctions(input, given), given);
      resolveEnv(config.env, serverEnv, RESERVED_NAMES);
      readTomlTable(config.codexConfig, "codexConfig");
      if (config.prompt !== undefined) refuseLongText(config.prompt, "prompt");
      const approvals = config.approvals ?? (canAnswer ? "on-request" : "never");
      const secrets = config.identity === "none" ? {} : { apiKey: config.identity.apiKey };
      return { config: { ...config, approvals, identity: "none" }, secrets };
    },
    restoreConfig: readConfig,
    checkMessage: (text) => refuseLongText(text, "the message"),
    describe(sessionConfig) {
      const { model, codexConfig } = readConfig(sessionConfig);
      const inherited = codexConfig.model;
      return {
        model: model ?? (typeof inherited === "string" ? inherited : null),
        scripted: codexConfig.model_provider === SCRIPTED_PROVIDER,
      };
    },
    async probe() {
      try {
        return { version: pinnedVersion(), available: true, problem: null };
      } catch (error) {
        return { version: null, available: false, problem: toOptioError(error).message };
      }
    },
    createDriver: (driver) => new CodexDriver({ ...driver, config: readConfig(driver.config), caches, serverEnv }),
  };
}

/** A configuration that `parseConfig` made. @throws `invalid`. */
function readConfig(stored: unknown): CodexSessionConfig {
  return parseOrThrow(codexSessionConfigSchema, stored, "stored session configuration");
}

/** Functions are the caller's; the schema knows none. */
function withoutFunctions(input: object, given: "json" | "code"): object {
  if (given === "json") return input;
  const functions = CODEX_CONFIG_KEYS.filter((key) => key.given === "code" && key.landed).map(({ key }) => key);
  const entries = Object.entries(input).filter(([key, value]) => {
    if (!functions.includes(key) || value === undefined) return !functions.includes(key);
    if (typeof value === "function") return false;
    throw new OptioError("invalid", `${key}: a function is wanted, got ${typeof value}`, { data: { key } });
  });
  return Object.fromEntries(entries);
}
