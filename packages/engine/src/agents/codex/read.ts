import { OptioError } from "@optio/contract";
import type { z } from "zod";

/**
 * Ties a schema to the protocol type it reads: compiling proves that everything the pinned binary may send of type T passes.
 * The schema itself lists only what is used.
 */
export function reads<T>() {
  return <S extends z.ZodType>(schema: T extends z.input<S> ? S : never): S => schema;
}

/** Reads a message of codex. @throws `agent-protocol` naming the message and the first wrong path. */
export function readOrThrow<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue && issue.path.length > 0 ? ` at ${issue.path.map(String).join(".")}` : "";
  throw new OptioError(
    "agent-protocol",
    `codex sent an unreadable ${what}${where}: ${issue?.message ?? "unknown form"}`,
  );
}
