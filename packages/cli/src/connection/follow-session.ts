import type { Envelope, LiveFrame, StreamMessage } from "@optio/contract";
import { envelopeSchema, frameSchema } from "@optio/contract";
import type { Connection } from "./connect.ts";
import type { FollowStreamOptions } from "./follow-stream.ts";
import { followStream } from "./follow-stream.ts";

/** A piece of a session's stream: a stored event, a live frame, or news of the connection itself. */
export type StreamPiece =
  | { readonly kind: "durable"; readonly envelope: Envelope }
  | { readonly kind: "live"; readonly frame: LiveFrame }
  | { readonly kind: "lost"; readonly reason: string }
  | { readonly kind: "back" };

export interface FollowOptions extends FollowStreamOptions {
  /** Events after this seq; 0 for all. */
  readonly after: number;
}

/**
 * A session's events and live frames, each event once and in order, across restarts of the server.
 * Ends only when the consumer stops or the signal aborts.
 * @throws what `followStream` throws.
 */
export async function* followSession(
  connection: Connection,
  id: string,
  options: FollowOptions,
): AsyncGenerator<StreamPiece, void, undefined> {
  let { after } = options;
  const path = () => `/api/sessions/${encodeURIComponent(id)}/events?after=${after}`;
  for await (const followed of followStream(connection, path, options)) {
    const piece = followed.kind === "message" ? toPiece(followed.message) : followed;
    if (piece?.kind === "durable") {
      if (piece.envelope.seq <= after) continue;
      after = piece.envelope.seq;
    }
    if (piece) yield piece;
  }
}

function toPiece({ event, data }: StreamMessage): StreamPiece | undefined {
  if (event === "durable") return { kind: "durable", envelope: envelopeSchema.parse(parseJson(data)) };
  if (event === "live") return { kind: "live", frame: frameSchema.parse(parseJson(data)) };
  return undefined;
}

function parseJson(text: string): unknown {
  return JSON.parse(text);
}
