import { z } from "zod";
import { OptioError } from "../errors.ts";
import { jsonObjectSchema, processIdSchema } from "../ids.ts";
import type { ConfigKey } from "./config-keys.ts";
import { checkConfigKeys, notAvailable, parseOrThrow } from "./config-keys.ts";

/** Version of codex that the checked-in protocol types and the pinned npm package have. */
export const CODEX_VERSION = "0.169.0";

const key = (name: string, options: { landed?: boolean; given?: "json" | "code" } = {}): ConfigKey => ({
  key: name,
  given: options.given ?? "json",
  landed: options.landed ?? true,
});
const later = { landed: false } as const;
const code = { given: "code" } as const;

/** Every key of design §8 in its order. */
export const CODEX_CONFIG_KEYS: readonly ConfigKey[] = [
  key("id"),
  key("name"),
  key("description"),
  key("metadata"),
  key("instructions"),
  key("prompt"),
  key("autoStart"),
  key("model"),
  key("reasoningEffort"),
  key("sandbox"),
  key("networkAccess"),
  key("extraDirs"),
  key("containment"),
  key("approvals"),
  key("host", later),
  key("source"),
  key("env"),
  key("scrubEnv"),
  key("codexConfig"),
  key("codex"),
  key("identity"),
  key("channel", later),
  key("beforeExecute", { ...code, ...later }),
  key("afterExecute", { ...code, ...later }),
  key("onDeliverable", { ...code, ...later }),
  key("onCallerMessage", { ...code, ...later }),
  key("onUpload", { ...code, ...later }),
  key("onDecision", code),
  key("onResumeRefresh", { ...code, ...later }),
  key("onSeedSaved", { ...code, ...later }),
  key("supportsResume"),
  key("exclude", later),
  key("retention", later),
  key("keepWorkspaceOnFailure"),
  key("view", later),
  key("maxUploadBytes", later),
  key("maxDownloadBytes", later),
  key("endOnTerminalExit", later),
  key("recover"),
  key("orphanAfterMs"),
  key("hibernateAfterMs", later),
];

export const SANDBOX_MODES = ["read-only", "workspace-write", "danger-full-access"] as const;
export const APPROVAL_POLICIES = ["on-request", "untrusted", "never"] as const;
export const CONTAINMENTS = ["native", "none"] as const;
export const DIR_MODES = ["ro", "rw", "rox", "rwx"] as const;
/** Largest prompt or instruction text, in characters. */
export const MAX_PROMPT_CHARS = 16 * 1024 * 1024;

const envValueSchema = z.union([
  z.string(),
  z.strictObject({ from: z.string().min(1).describe("name of a variable of the server") }),
]);
const sourceSchema = z.union([z.literal("none"), z.strictObject({ directory: z.string().min(1) })]);
const identitySchema = z.union([z.literal("none"), z.strictObject({ apiKey: z.string().min(1) })]);
const nameRule = "a variable name: letters, digits and _, not starting with a digit";

/** The keys that landed, with their defaults; unknown keys never reach it (see `parseCodexConfig`). */
export const codexSessionConfigSchema = z.strictObject({
  id: processIdSchema.optional(),
  name: z.string().min(1).max(200).optional(),
  description: z.string().max(10_000).optional(),
  metadata: jsonObjectSchema.default({}),
  instructions: z
    .string()
    .max(MAX_PROMPT_CHARS)
    .optional()
    .describe("the standing task; the agent sees it on every turn"),
  prompt: z.string().min(1).max(MAX_PROMPT_CHARS).optional().describe("the first message"),
  autoStart: z.boolean().default(false).describe("without prompt: send a fixed kickoff"),
  model: z.string().min(1).optional(),
  reasoningEffort: z
    .string()
    .regex(/^[a-z]{1,32}$/, "an effort is a lower-case word such as low, medium or high")
    .optional(),
  sandbox: z.enum(SANDBOX_MODES).default("workspace-write"),
  networkAccess: z.boolean().default(false).describe("workspace-write only"),
  extraDirs: z.array(z.strictObject({ path: z.string().min(1), mode: z.enum(DIR_MODES) })).default([]),
  containment: z.enum(CONTAINMENTS).default("native").describe("none only with danger-full-access"),
  approvals: z.enum(APPROVAL_POLICIES).optional().describe("default: on-request where a person can answer, else never"),
  source: sourceSchema.default("none").describe("the user's own directory as workspace, or an empty one of ours"),
  env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, nameRule), envValueSchema).default({}),
  scrubEnv: z.array(z.string().min(1)).default([]).describe("globs over inherited variable names, applied last"),
  codexConfig: jsonObjectSchema.default({}).describe("rendered into config.toml"),
  codex: z.strictObject({ path: z.string().min(1).optional() }).default({}),
  identity: identitySchema.default("none"),
  supportsResume: z.boolean().default(true),
  keepWorkspaceOnFailure: z.boolean().default(true),
  recover: z.enum(["resume", "fail"]).default("resume"),
  orphanAfterMs: z
    .number()
    .int()
    .min(1000)
    .default(60 * 60 * 1000),
});

/** A parsed session configuration without the functions that only programs give. */
export type CodexSessionConfig = z.output<typeof codexSessionConfigSchema>;
/** A session configuration as a caller writes it. */
export type CodexSessionInput = z.input<typeof codexSessionConfigSchema>;

/** Body of `POST /sessions` for codex (for the OpenAPI page; `parseCodexConfig` is what checks it). */
export const codexSessionBodySchema = codexSessionConfigSchema.extend({ agent: z.literal("codex") });

/**
 * Parses a session configuration (without the key `agent` and without functions).
 * @throws `not-available`, `invalid` or `contradiction`, naming the key.
 */
export function parseCodexConfig(input: object, given: "json" | "code" = "json"): CodexSessionConfig {
  checkConfigKeys(input, CODEX_CONFIG_KEYS, given);
  refuseLaterValues(input);
  const config = parseOrThrow(codexSessionConfigSchema, input, "session");
  refuseContradictions(config);
  return config;
}

const LATER_VALUES: readonly { key: string; matches: (value: unknown) => boolean; what: string }[] = [
  { key: "containment", matches: (value) => value === "bubblewrap", what: "containment 'bubblewrap'" },
  { key: "source", matches: (value) => hasKey(value, "git") || hasKey(value, "copy"), what: "a source of git or copy" },
  {
    key: "identity",
    matches: (value) => typeof value === "function" || ["account", "pool", "seed"].some((name) => hasKey(value, name)),
    what: "an identity by account, pool, seed or function",
  },
  { key: "codex", matches: (value) => hasKey(value, "install"), what: "the key 'codex.install'" },
];

function refuseLaterValues(input: object): void {
  const values = new Map<string, unknown>(Object.entries(input));
  for (const entry of LATER_VALUES) {
    if (entry.matches(values.get(entry.key))) throw notAvailable(entry.key, entry.what);
  }
}

function hasKey(value: unknown, name: string): boolean {
  return typeof value === "object" && value !== null && name in value;
}

function refuseContradictions(config: CodexSessionConfig): void {
  const refuse = (keys: string, why: string): never => {
    throw new OptioError("contradiction", `${keys}: ${why}`, { data: { keys } });
  };
  if (config.prompt !== undefined && config.autoStart)
    refuse("prompt, autoStart", "autoStart is for sessions without a prompt; drop one of the two");
  if (config.networkAccess && config.sandbox !== "workspace-write")
    refuse("networkAccess, sandbox", `networkAccess is for sandbox 'workspace-write', not '${config.sandbox}'`);
  if (config.containment === "none" && config.sandbox !== "danger-full-access")
    refuse("containment, sandbox", `containment 'none' needs sandbox 'danger-full-access', not '${config.sandbox}'`);
  const writable = config.extraDirs.find((dir) => dir.mode.startsWith("rw"));
  if (writable && config.sandbox === "read-only")
    refuse("extraDirs, sandbox", `'${writable.path}' is to be written, but sandbox is 'read-only'`);
}
