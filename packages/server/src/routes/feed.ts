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
      const messages = async function* (signal: AbortSignal): AsyncGenerator<ServerMessage> {
        const pieces = engine.feed({ signal, ...(after === undefined ? {} : { after }) });
        for await (const { changeId, frame } of pieces) yield { event: "feed", id: changeId, data: frame };
      };
      streams.open(call.request, call.reply, {
        messages,
        mayContinue: () => authenticator.isStillValid(principal),
      });
      return TAKEN_OVER;
    },
  };
}
