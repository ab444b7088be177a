import { setTimeout as delay } from "node:timers/promises";
import type { Envelope, LiveFrame } from "@optio/contract";
import { envelopeSchema, frameSchema, OptioError, problemToError, readEventStream } from "@optio/contract";
import type { Connection } from "./connect.ts";

/** A piece of a session's stream: a stored event, a live frame, or news of the connection itself. */
export type StreamPiece =
  | { readonly kind: "durable"; readonly envelope: Envelope }
  | { readonly kind: "live"; readonly frame: LiveFrame }
  | { readonly kind: "lost"; readonly reason: string }
  | { readonly kind: "back" };

export interface FollowOptions {
  /** Events after this seq; 0 for all. */
  readonly after: number;
  readonly signal: AbortSignal;
  /** How long the server may stay away before the stream fails; default one minute. */
  readonly giveUpAfterMs?: number;
  /** First pause before another attempt, doubled each time up to 16 times as much; default 250 ms. */
  readonly retryMs?: number;
}

/**
 * A session's events and live frames, each event once and in order, across restarts of the server.
 * Ends only when the consumer stops or the signal aborts.
 * @throws `server-unreachable` after `giveUpAfterMs` without a server; the server's refusal (`not-found`, `unauthorized`).
 */
export async function* followSession(
  connection: Connection,
  id: string,
  options: FollowOptions,
): AsyncGenerator<StreamPiece, void, undefined> {
  const { signal, giveUpAfterMs = 60_000, retryMs = 250 } = options;
  const path = `/api/sessions/${encodeURIComponent(id)}/events`;
  let after = options.after;
  let attempts = 0;
  let lostAt: number | undefined;
  while (!signal.aborted) {
    let reason = "the server closed the stream";
    try {
      const response = await openStream(connection, `${path}?after=${after}`, signal);
      if (lostAt !== undefined) yield { kind: "back" };
      lostAt = undefined;
      attempts = 0;
      for await (const piece of piecesOf(response)) {
        if (piece.kind === "durable") {
          if (piece.envelope.seq <= after) continue;
          after = piece.envelope.seq;
        }
        yield piece;
      }
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

async function* piecesOf(response: Response): AsyncGenerator<StreamPiece, void, undefined> {
  for await (const message of readEventStream(response)) {
    if (message.event === "durable") {
      yield { kind: "durable", envelope: envelopeSchema.parse(parseJson(message.data)) };
    } else if (message.event === "live") {
      yield { kind: "live", frame: frameSchema.parse(parseJson(message.data)) };
    }
  }
}

function parseJson(text: string): unknown {
  return JSON.parse(text);
}
