import { parseFilter } from "@optio/contract";
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
      streams.open(call.request, call.reply, {
        batches: (signal) => engine.feed({ signal, ...filter, ...(after === undefined ? {} : { after }) }),
        toMessage: ({ changeId, frame }) => ({ event: "feed", id: changeId, data: frame }),
        mayContinue: () => authenticator.isStillValid(principal),
      });
      return TAKEN_OVER;
    },
  };
}
