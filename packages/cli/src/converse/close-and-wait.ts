import { OptioError, unwrap } from "@optio/contract";
import type { Connection } from "../connection/connect.ts";
import { followSession } from "../connection/follow-session.ts";
import { onceHeader } from "../connection/idempotency.ts";
import type { CliContext } from "../context.ts";
import { endOf } from "./converse.ts";

export interface CloseOptions {
  readonly id: string;
  /** Events up to this seq are known. */
  readonly after: number;
  /** How long to wait for the end; default 30 s. */
  readonly timeoutMs?: number;
}

/** Ends a session as done and waits for its end. False when it had not ended in time or the person left. */
export async function closeAndWait(
  context: CliContext,
  connection: Connection,
  options: CloseOptions,
): Promise<boolean> {
  const { id, after, timeoutMs = 30_000 } = options;
  const params = { path: { id }, header: onceHeader() };
  try {
    await unwrap(connection.api.POST("/sessions/{id}/close", { params, body: {} }));
  } catch (error) {
    if (error instanceof OptioError && error.code === "session-ended") return true;
    throw error;
  }
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(timeoutMs)]);
  for await (const piece of followSession(connection, id, { after, signal })) {
    if (piece.kind === "durable" && endOf(piece.envelope.event) !== undefined) return true;
  }
  return false;
}
