import { parseFilter } from "@optio/contract";
import type { Handlers, RouteContext } from "./handlers.ts";
import { pageOf } from "./page-of.ts";

type Keys =
  | "GET /processes"
  | "GET /processes/:id"
  | "GET /processes/:id/tree"
  | "POST /processes/:id/launch"
  | "POST /processes/:id/cancel"
  | "POST /processes/:id/dismiss";

/** Process records: read, launch, cancel, dismiss. */
export function processRoutes({ engine }: RouteContext): Handlers<Keys> {
  const { processes } = engine;
  return {
    "GET /processes": async ({ query: { filter, ...query } }) =>
      pageOf(await processes.list({ ...query, ...(filter === undefined ? {} : { filter: parseFilter(filter) }) })),
    "GET /processes/:id": async ({ params }) => processes.get(params.id),
    "GET /processes/:id/tree": async ({ params, query }) => pageOf(await processes.tree(params.id, query)),
    "POST /processes/:id/launch": async ({ params, body }) => processes.launch(params.id, body),
    "POST /processes/:id/cancel": async ({ params, body }) => processes.cancel(params.id, body),
    "POST /processes/:id/dismiss": async ({ params }) => processes.dismiss(params.id),
  };
}
