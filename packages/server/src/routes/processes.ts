import { notAvailable } from "@optio/contract";
import type { Handlers, RouteContext } from "./handlers.ts";
import { pageOf } from "./page-of.ts";

type Keys =
  | "GET /processes"
  | "GET /processes/:id"
  | "GET /processes/:id/log"
  | "POST /processes/:id/launch"
  | "POST /processes/:id/cancel"
  | "POST /processes/:id/dismiss";

/** Process records: read, launch, cancel, dismiss. */
export function processRoutes({ engine }: RouteContext): Handlers<Keys> {
  const { processes } = engine;
  return {
    "GET /processes": async ({ query, request }) => {
      if (new URL(request.url, "http://localhost").searchParams.has("filter"))
        throw notAvailable("filter", "the query key 'filter'");
      return pageOf(await processes.list(query));
    },
    "GET /processes/:id": async ({ params }) => processes.get(params.id),
    "GET /processes/:id/log": async ({ params, query }) => pageOf(await processes.log(params.id, query)),
    "POST /processes/:id/launch": async ({ params, body }) => processes.launch(params.id, body),
    "POST /processes/:id/cancel": async ({ params, body }) => processes.cancel(params.id, body),
    "POST /processes/:id/dismiss": async ({ params }) => processes.dismiss(params.id),
  };
}
