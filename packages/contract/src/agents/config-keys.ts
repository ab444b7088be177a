import type { z } from "zod";
import { OptioError } from "../errors.ts";

/** A configuration key of design §8: where it may be given and since which step of the plan it works. */
export interface ConfigKey {
  readonly key: string;
  /** `json`: everywhere; `code`: only in a program (functions). */
  readonly given: "json" | "code";
  /** False: the part has not landed; the key is refused with `not-available`. */
  readonly landed: boolean;
}

/**
 * Refuses keys and values of a session configuration before its schema runs, so that the refusal names the key.
 * @throws `not-available` for a key or value whose part has not landed, `invalid` for an unknown key.
 */
export function checkConfigKeys(config: object, keys: readonly ConfigKey[], given: "json" | "code"): void {
  const known = new Map(keys.map((entry) => [entry.key, entry]));
  for (const [key, value] of Object.entries(config)) {
    const entry = known.get(key);
    if (!entry)
      throw new OptioError(
        "invalid",
        `unknown key '${key}'; known keys: ${keys
          .filter((k) => k.landed)
          .map((k) => k.key)
          .join(", ")}`,
        { data: { key } },
      );
    if (value === undefined) continue;
    if (!entry.landed) throw notAvailable(key, `the key '${key}'`);
    if (entry.given === "code" && given === "json") {
      throw new OptioError("invalid", `the key '${key}' takes a function and works in programs only`, {
        data: { key },
      });
    }
  }
}

/** The refusal of a key or value whose part has not landed. */
export function notAvailable(key: string, what: string): OptioError {
  return new OptioError("not-available", `${what} is not available in this version; leave it out`, { data: { key } });
}

/** Parses with a schema. @throws `invalid` naming the first wrong path, its value's type and what would be right. */
export function parseOrThrow<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(
    (issue) => `${issue.path.length > 0 ? issue.path.map(String).join(".") : what}: ${issue.message}`,
  );
  const [first = what, ...more] = issues;
  throw new OptioError("invalid", more.length > 0 ? `${first} (and ${more.length} more)` : first, { data: { issues } });
}
