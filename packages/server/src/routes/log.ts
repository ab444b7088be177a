import { OptioError } from "@optio/contract";
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
      if (query.after !== undefined && query.before !== undefined)
        throw new OptioError("invalid", "before: excludes the key 'after'; give one of the two");
      if (!request.headers.accept?.includes("text/event-stream")) return pageOf(await processes.log(params.id, query));
      for (const key of ["before", "cursor"] as const) {
        if (query[key] !== undefined) throw new OptioError("invalid", `${key}: is of a page; a stream takes 'after'`);
      }
      const { limit: _limit, cursor: _cursor, before: _before, ...which } = query;
      const after = readPosition(request.headers["last-event-id"]) ?? query.after ?? 0;
      const principal = call.principal();
      // refuses an unknown id while the answer can still be a problem document
      await processes.get(params.id);
      streams.open(request, call.reply, {
        batches: (signal) => oneByOne(processes.followLog(params.id, { ...which, after, signal })),
        toMessage: (line) => ({ event: "log", id: line.seq, data: line }),
        mayContinue: () => authenticator.isStillValid(principal),
      });
      return TAKEN_OVER;
    },
  };
}

async function* oneByOne<T>(pieces: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  for await (const piece of pieces) yield [piece];
}
