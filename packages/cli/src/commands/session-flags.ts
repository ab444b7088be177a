import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { CodexSessionInput } from "@optio/contract";
import {
  APPROVAL_POLICIES,
  CONTAINMENTS,
  DIR_MODES,
  OptioError,
  parseCodexConfig,
  SANDBOX_MODES,
} from "@optio/contract";
import type { Command } from "commander";
import { Option } from "commander";
import type { CliContext } from "../context.ts";
import { readInput } from "../read-input.ts";

/** The flags of `optio run` that describe the session: one for every configuration key that can be given in JSON. */
export interface SessionFlags {
  readonly config?: string;
  readonly id?: string;
  readonly name?: string;
  readonly description?: string;
  readonly metadata?: readonly string[];
  readonly instructions?: string;
  readonly autoStart?: boolean;
  readonly model?: string;
  readonly effort?: string;
  readonly sandbox?: CodexSessionInput["sandbox"];
  readonly network?: boolean;
  readonly extraDir?: readonly string[];
  readonly containment?: CodexSessionInput["containment"];
  readonly approvals?: CodexSessionInput["approvals"];
  readonly dir?: string;
  readonly env?: readonly string[];
  readonly envFrom?: readonly string[];
  readonly scrubEnv?: readonly string[];
  readonly codexConfig?: readonly string[];
  readonly codexPath?: string;
  readonly apiKeyStdin?: boolean;
  /** Commander's form of --no-resume and --no-keep-workspace. */
  readonly resume: boolean;
  readonly keepWorkspace: boolean;
  readonly recover?: CodexSessionInput["recover"];
  readonly orphanAfterMs?: string;
}

/** The configuration key that each flag sets. */
export const KEY_OF_FLAG: Readonly<Record<string, string>> = {
  "--id": "id",
  "--name": "name",
  "--description": "description",
  "--metadata": "metadata",
  "--instructions": "instructions",
  "--auto-start": "autoStart",
  "--model": "model",
  "--effort": "reasoningEffort",
  "--sandbox": "sandbox",
  "--network": "networkAccess",
  "--extra-dir": "extraDirs",
  "--containment": "containment",
  "--approvals": "approvals",
  "--dir": "source",
  "--env": "env",
  "--scrub-env": "scrubEnv",
  "--codex-config": "codexConfig",
  "--codex-path": "codex",
  "--api-key-stdin": "identity",
  "--no-resume": "supportsResume",
  "--no-keep-workspace": "keepWorkspaceOnFailure",
  "--recover": "recover",
  "--orphan-after-ms": "orphanAfterMs",
};

/** Adds the session's flags to a command. */
export function addSessionFlags(command: Command): Command {
  const choice = (flags: string, text: string, values: readonly string[]) => new Option(flags, text).choices(values);
  const list = (flags: string, text: string) =>
    new Option(flags, text).argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
  return command
    .option("--config <file>", "JSON file with configuration keys; flags win")
    .option("--id <id>", "id of the session; default: a new one")
    .option("--name <name>", "name for people")
    .option("--description <text>", "what it is for")
    .addOption(list("--metadata <k=v>", "carried along, not interpreted (repeatable, or a JSON object)"))
    .option("--instructions <text>", "standing task, seen on every turn; @file reads a file")
    .option("--auto-start", "without a prompt: send a fixed kickoff")
    .option("--model <model>", "model")
    .option("--effort <effort>", "reasoning effort, such as low, medium or high")
    .addOption(choice("--sandbox <mode>", "what commands may touch; default workspace-write", SANDBOX_MODES))
    .option("--network", "commands may use the network (workspace-write only)")
    .addOption(
      list("--extra-dir <path[:mode]>", `another directory; mode ${DIR_MODES.join(", ")}; default ro (repeatable)`),
    )
    .addOption(choice("--containment <kind>", "none only with danger-full-access; default native", CONTAINMENTS))
    .addOption(
      choice(
        "--approvals <policy>",
        "when it asks; default on-request, never for --wait without a terminal",
        APPROVAL_POLICIES,
      ),
    )
    .option("--dir <path>", "your own directory as workspace; default: an empty one")
    .addOption(list("--env <K[=V]>", "variable for the agent; without value: yours (repeatable)"))
    .addOption(list("--env-from <K[=NAME]>", "variable taken from the server's environment (repeatable)"))
    .addOption(list("--scrub-env <glob>", "inherited variables to leave out (repeatable)"))
    .addOption(list("--codex-config <k=v>", "config.toml entry, dotted key (repeatable, or a JSON object, or @file)"))
    .option("--codex-path <path>", "this codex binary instead of the pinned one")
    .option("--api-key-stdin", "read an API key from standard input; it is kept in memory only")
    .option("--no-resume", "the session cannot be resumed after its end")
    .option("--no-keep-workspace", "remove the workspace when the run fails")
    .addOption(choice("--recover <how>", "when codex dies: resume or fail; default resume", ["resume", "fail"]))
    .option("--orphan-after-ms <ms>", "end by itself after this time without an owner");
}

/**
 * The session configuration that the flags and the prompt describe, checked as the server will check it.
 * @throws `usage` for a flag that cannot be read; `not-available`, `invalid`, `contradiction` as the server.
 */
export async function readSessionInput(
  context: CliContext,
  prompt: string | undefined,
  flags: SessionFlags,
): Promise<CodexSessionInput> {
  if (prompt === "-" && flags.apiKeyStdin) {
    throw new OptioError("usage", "the prompt '-' and --api-key-stdin both read standard input; give one another way");
  }
  const base = flags.config === undefined ? {} : parseObject(await readNamedFile(context, flags.config), "--config");
  const fromFlags = await inputOfFlags(context, flags);
  const text = prompt === "-" ? await readInput(context) : prompt;
  const input = dropUndefined({ ...base, ...dropUndefined({ ...fromFlags, prompt: text || undefined }) });
  parseCodexConfig(input);
  return input;
}

async function inputOfFlags(context: CliContext, flags: SessionFlags): Promise<Partial<CodexSessionInput>> {
  const env = { ...readEnv(context, flags.env), ...readEnvFrom(flags.envFrom) };
  return {
    id: flags.id,
    name: flags.name,
    description: flags.description,
    metadata: flags.metadata && readPairs(flags.metadata, "--metadata", (value) => value),
    instructions: await readTextFlag(context, flags.instructions),
    autoStart: flags.autoStart,
    model: flags.model,
    reasoningEffort: flags.effort,
    sandbox: flags.sandbox,
    networkAccess: flags.network,
    extraDirs: flags.extraDir?.map((dir) => readExtraDir(context, dir)),
    containment: flags.containment,
    approvals: flags.approvals,
    source: flags.dir === undefined ? undefined : { directory: resolve(context.cwd, flags.dir) },
    env: Object.keys(env).length > 0 ? env : undefined,
    scrubEnv: flags.scrubEnv && [...flags.scrubEnv],
    codexConfig: await readCodexConfig(context, flags.codexConfig),
    codex: flags.codexPath === undefined ? undefined : { path: resolve(context.cwd, flags.codexPath) },
    identity: flags.apiKeyStdin ? { apiKey: await readSecret(context) } : undefined,
    supportsResume: flags.resume ? undefined : false,
    keepWorkspaceOnFailure: flags.keepWorkspace ? undefined : false,
    recover: flags.recover,
    orphanAfterMs: flags.orphanAfterMs === undefined ? undefined : readWholeNumber(flags.orphanAfterMs),
  };
}

/** One line of standard input that is a secret. @throws `usage` when it is empty. */
export async function readSecret(context: CliContext): Promise<string> {
  const secret = (await readInput(context)).trim();
  if (secret === "") throw new OptioError("usage", "--api-key-stdin found nothing on standard input");
  return secret;
}

function readEnv(context: CliContext, entries: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    entries.map((entry) => {
      const [name, value] = splitPair(entry);
      const found = value ?? context.env[name];
      if (found === undefined)
        throw new OptioError("usage", `--env ${name}: no value given, and ${name} is not set here`);
      return [name, found];
    }),
  );
}

function readEnvFrom(entries: readonly string[] = []): Record<string, { from: string }> {
  return Object.fromEntries(
    entries.map((entry) => {
      const [name, from] = splitPair(entry);
      return [name, { from: from ?? name }];
    }),
  );
}

function readExtraDir(context: CliContext, entry: string): { path: string; mode: (typeof DIR_MODES)[number] } {
  const found = DIR_MODES.find((mode) => entry.endsWith(`:${mode}`));
  const path = found === undefined ? entry : entry.slice(0, -found.length - 1);
  // the server knows whose home ~ is
  return { path: path.startsWith("~") ? path : resolve(context.cwd, path), mode: found ?? "ro" };
}

async function readCodexConfig(
  context: CliContext,
  entries: readonly string[] | undefined,
): Promise<Record<string, unknown> | undefined> {
  if (entries === undefined) return undefined;
  const texts = await Promise.all(
    entries.map((entry) => (entry.startsWith("@") ? readNamedFile(context, entry.slice(1)) : entry)),
  );
  return readPairs(texts, "--codex-config", jsonOrText, true);
}

/** `k=v` entries and JSON objects merged, later ones winning; dotted keys make nested objects when `isDotted`. */
function readPairs(
  entries: readonly string[],
  flag: string,
  readValue: (text: string) => unknown,
  isDotted = false,
): Record<string, unknown> {
  return entries.reduce<Record<string, unknown>>((merged, entry) => {
    if (entry.trimStart().startsWith("{")) return merge(merged, parseObject(entry, flag));
    const [key, value] = splitPair(entry);
    if (value === undefined) throw new OptioError("usage", `${flag} '${entry}' must be key=value or a JSON object`);
    const path = isDotted ? key.split(".") : [key];
    return merge(
      merged,
      path.reduceRight<Record<string, unknown>>(
        (inner, name, index) => ({ [name]: index === path.length - 1 ? readValue(value) : inner }),
        {},
      ),
    );
  }, {});
}

function merge(into: Record<string, unknown>, from: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...into };
  for (const [key, value] of Object.entries(from)) {
    const before = merged[key];
    merged[key] = isRecord(before) && isRecord(value) ? merge(before, value) : value;
  }
  return merged;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function splitPair(entry: string): [string, string | undefined] {
  const at = entry.indexOf("=");
  return at === -1 ? [entry, undefined] : [entry.slice(0, at), entry.slice(at + 1)];
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function parseObject(text: string, flag: string): Record<string, unknown> {
  const value = jsonOrText(text);
  if (!isRecord(value)) throw new OptioError("usage", `${flag}: this is not a JSON object: ${text.slice(0, 80)}`);
  return value;
}

async function readTextFlag(context: CliContext, text: string | undefined): Promise<string | undefined> {
  return text?.startsWith("@") ? readNamedFile(context, text.slice(1)) : text;
}

async function readNamedFile(context: CliContext, path: string): Promise<string> {
  try {
    return await readFile(resolve(context.cwd, path), "utf8");
  } catch (error) {
    throw new OptioError(
      "usage",
      `the file '${path}' cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function readWholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new OptioError("usage", `'${text}' is no whole number of milliseconds`);
  return Number(text);
}

function dropUndefined<T extends object>(value: T): T {
  // fewer keys of the same object are still a T: all of them may be absent
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}
