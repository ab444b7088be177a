import { setTimeout as delay } from "node:timers/promises";
import type { StreamMessage } from "@optio/contract";
import { OptioError, problemToError, readEventStream } from "@optio/contract";
import type { Connection } from "./connect.ts";

/** A message of a stream, or news of the connection itself. */
export type Followed =
  | { readonly kind: "message"; readonly message: StreamMessage }
  | { readonly kind: "lost"; readonly reason: string }
  | { readonly kind: "back" };

export interface FollowStreamOptions {
  readonly signal: AbortSignal;
  /** How long the server may stay away before the stream fails; default one minute. */
  readonly giveUpAfterMs?: number;
  /** First pause before another attempt, doubled each time up to 16 times as much; default 250 ms. */
  readonly retryMs?: number;
}

/**
 * The messages of a stream, across restarts of the server: each attempt asks for `path()` anew. Ends only when the consumer stops or
 * the signal aborts.
 * @throws `server-unreachable` after `giveUpAfterMs` without a server; the server's refusal (`not-found`, `unauthorized`).
 */
export async function* followStream(
  connection: Connection,
  path: () => string,
  options: FollowStreamOptions,
): AsyncGenerator<Followed, void, undefined> {
  const { signal, giveUpAfterMs = 60_000, retryMs = 250 } = options;
  let attempts = 0;
  let lostAt: number | undefined;
  while (!signal.aborted) {
    let reason = "the server closed the stream";
    try {
      const response = await openStream(connection, path(), signal);
      if (lostAt !== undefined) yield { kind: "back" };
      lostAt = undefined;
      attempts = 0;
      for await (const message of readEventStream(response)) yield { kind: "message", message };
    } catch (error) {
      if (signal.aborted) return;
      reason = retryableReason(error);
    }
    if (signal.aborted) return;
    const now = performance.now();
    if (lostAt === undefined) yield { kind: "lost", reason };
    lostAt ??= now;
    if (now - lostAt > giveUpAfterMs)
      throw new OptioError("server-unreachable", `the server at ${connection.url} did not come back (${reason})`);
    await delay(retryMs * 2 ** Math.min(attempts, 4), undefined, { signal }).catch(() => undefined);
    attempts += 1;
  }
}

async function openStream(connection: Connection, path: string, signal: AbortSignal): Promise<Response> {
  const response = await connection.request(path, { headers: { accept: "text/event-stream" }, signal });
  if (response.ok) return response;
  throw problemToError(await response.json().catch(() => undefined), response.status);
}

/** Says why another attempt may help. @throws the error itself when none would. */
function retryableReason(error: unknown): string {
  // what is not ours comes from the broken connection
  if (!(error instanceof OptioError)) return error instanceof Error ? error.message : String(error);
  if (error.retryable || error.status >= 500) return error.message;
  throw error;
}
