import { parseFilter } from "@optio/contract";
import type { ServerMessage } from "../event-stream.ts";
import type { Handlers, RouteContext } from "./handlers.ts";
import { TAKEN_OVER } from "./handlers.ts";
import { readPosition } from "./read-position.ts";

/** The feed over all processes. */
export function feedRoutes({ engine, authenticator, streams }: RouteContext): Handlers<"GET /feed"> {
  return {
    "GET /feed": async (call) => {
      const after = readPosition(call.request.headers["last-event-id"]) ?? call.query.after;
      const principal = call.principal();
      const filter = call.query.filter === undefined ? {} : { filter: parseFilter(call.query.filter) };
      const messages = async function* (signal: AbortSignal): AsyncGenerator<readonly ServerMessage[]> {
        for await (const batch of engine.feed({ signal, ...filter, ...(after === undefined ? {} : { after }) }))
          yield batch.map((piece) => ({ event: "feed", id: piece.changeId, data: piece.frame, sameAs: piece }));
      };
      streams.open(call.request, call.reply, {
        messages,
        mayContinue: () => authenticator.isStillValid(principal),
      });
      return TAKEN_OVER;
    },
  };
}
