import { OptioError } from "@optio/contract";
import type { StreamPiece } from "@optio/engine";
import type { ServerMessage } from "../event-stream.ts";
import type { Handlers, RouteContext } from "./handlers.ts";
import { TAKEN_OVER } from "./handlers.ts";
import { readPosition } from "./read-position.ts";

/** A session's events: a stream, or a page as JSON. */
export function sessionEventRoutes({
  engine,
  authenticator,
  streams,
}: RouteContext): Handlers<"GET /sessions/:id/events"> {
  return {
    "GET /sessions/:id/events": async (call) => {
      const { params, query, request } = call;
      if (query.after !== undefined && query.before !== undefined)
        throw new OptioError("invalid", "before: excludes the key 'after'; give one of the two");
      if (wantsJson(request.headers.accept)) return engine.sessions.events(params.id, query);
      if (query.before !== undefined)
        throw new OptioError("invalid", "before: pages backwards, with Accept: application/json only");
      const after = readPosition(request.headers["last-event-id"]) ?? query.after ?? 0;
      const principal = call.principal();
      // refuses an unknown id while the answer can still be a problem document; any process has events
      await engine.processes.get(params.id);
      streams.open(request, call.reply, {
        batches: (signal) => engine.sessions.attachBatches(params.id, { after, signal }),
        toMessage,
        mayContinue: () => authenticator.isStillValid(principal),
      });
      return TAKEN_OVER;
    },
  };
}

function wantsJson(accept = ""): boolean {
  return accept.includes("application/json") && !accept.includes("text/event-stream");
}

function toMessage(piece: StreamPiece): ServerMessage {
  if (piece.kind === "live") return { event: "live", data: piece.frame, json: piece.json };
  const { seq = piece.envelope.seq, json = JSON.stringify(piece.envelope) } = piece;
  return { event: "durable", id: seq, json };
}
