import { OptioError } from "@optio/contract";
import type { ServerMessage } from "../event-stream.ts";
import type { Handlers, RouteContext } from "./handlers.ts";
import { TAKEN_OVER } from "./handlers.ts";
import { pageOf } from "./page-of.ts";
import { readPosition } from "./read-position.ts";

/** A process's log: a page as JSON, or a stream. */
export function logRoutes({ engine, authenticator, streams }: RouteContext): Handlers<"GET /processes/:id/log"> {
  const { processes } = engine;
  return {
    "GET /processes/:id/log": async (call) => {
      const { params, query, request } = call;
      refuseContradictions(query);
      if (!request.headers.accept?.includes("text/event-stream")) return pageOf(await processes.log(params.id, query));
      for (const key of ["before", "cursor"] as const) {
        if (query[key] !== undefined) throw new OptioError("invalid", `${key}: is of a page; a stream takes 'after'`);
      }
      const { limit: _limit, cursor: _cursor, before: _before, ...which } = query;
      const after = readPosition(request.headers["last-event-id"]) ?? query.after ?? 0;
      const principal = call.principal();
      // refuses an unknown id while the answer can still be a problem document
      await processes.get(params.id);
      const messages = async function* (signal: AbortSignal): AsyncGenerator<readonly ServerMessage[]> {
        for await (const line of processes.followLog(params.id, { ...which, after, signal }))
          yield [{ event: "log", id: line.seq, data: line }];
      };
      streams.open(request, call.reply, { messages, mayContinue: () => authenticator.isStillValid(principal) });
      return TAKEN_OVER;
    },
  };
}

const PLACES = ["cursor", "after", "before"] as const;

function refuseContradictions(query: { readonly [K in (typeof PLACES)[number]]?: unknown }): void {
  const [first, second] = PLACES.filter((key) => query[key] !== undefined);
  if (first !== undefined && second !== undefined)
    throw new OptioError("invalid", `${second}: excludes the key '${first}'; give one of the two`);
}
