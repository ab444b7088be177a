import { OptioError } from "@optio/contract";
import picomatch from "picomatch";

/** What makes up the environment of codex. */
export interface EnvironmentParts {
  /** Variables the host lets a child inherit. */
  readonly inherited: Readonly<Record<string, string>>;
  /** Variables of the isolated home; nothing overrides them. */
  readonly isolation: Readonly<Record<string, string>>;
  /** `env` of the configuration: values, or names of the server's own variables. */
  readonly env: Readonly<Record<string, string | { readonly from: string }>>;
  /** `scrubEnv` of the configuration. */
  readonly scrubEnv: readonly string[];
  /** The server's own environment, for `{from}`. */
  readonly serverEnv: Readonly<Record<string, string | undefined>>;
}

/**
 * The whole environment of codex: what is inherited without what the globs of `scrubEnv` name, then `env`, then the isolated home.
 * HOME names the task directory, so that every child of the session can be found by it.
 * @throws `invalid` naming the key of `env` that cannot be had.
 */
export function buildEnvironment(parts: EnvironmentParts): Record<string, string> {
  const isScrubbed = picomatch([...parts.scrubEnv]);
  const inherited = Object.entries(parts.inherited).filter(
    ([name]) => parts.scrubEnv.length === 0 || !isScrubbed(name),
  );
  return Object.fromEntries([
    ...inherited,
    ...resolveEnv(parts.env, parts.serverEnv, Object.keys(parts.isolation)),
    ...Object.entries(parts.isolation),
  ]);
}

/**
 * The entries of `env` with every `{from}` replaced by its value.
 * @throws `invalid` for a variable the server does not have, and for a reserved name.
 */
export function resolveEnv(
  env: EnvironmentParts["env"],
  serverEnv: EnvironmentParts["serverEnv"],
  reserved: readonly string[],
): [string, string][] {
  return Object.entries(env).map(([name, value]) => {
    const refuse = (why: string) => new OptioError("invalid", `env.${name}: ${why}`, { data: { key: `env.${name}` } });
    if (reserved.includes(name)) throw refuse("this variable names the session's own home and cannot be set");
    if (typeof value === "string") return [name, value];
    const found = serverEnv[value.from];
    if (found === undefined) throw refuse(`the server has no variable '${value.from}'`);
    return [name, found];
  });
}
