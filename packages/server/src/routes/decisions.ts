import type { Handlers, RouteContext } from "./handlers.ts";
import { pageOf } from "./page-of.ts";

/** Decisions: what waits for a person. */
export function decisionRoutes({
  engine,
}: RouteContext): Handlers<"GET /decisions" | "GET /decisions/:id" | "POST /decisions/:id"> {
  return {
    "GET /decisions": async ({ query }) => pageOf(await engine.decisions.list(query)),
    "GET /decisions/:id": async ({ params }) => engine.decisions.get(params.id),
    "POST /decisions/:id": async (call) =>
      engine.decisions.answer(call.params.id, call.body, { name: call.principal().name }, call.idempotencyKey),
  };
}
