import { buildOpenApi } from "../openapi.ts";
import type { Handlers, RouteContext } from "./handlers.ts";

/** The server about itself: health, contract, agents. */
export function houseRoutes(context: RouteContext): Handlers<"GET /health" | "GET /openapi.json" | "GET /agents"> {
  const openApi = buildOpenApi(context.version);
  return {
    "GET /health": async () => ({
      status: "ok",
      version: context.version,
      store: context.engine.store.kind,
      uptimeMs: context.clock.now() - context.startedAt,
    }),
    "GET /openapi.json": async () => openApi,
    "GET /agents": async () => {
      const agents = await context.engine.agents();
      return { items: agents.map((agent) => ({ ...agent, loginKinds: [...agent.loginKinds] })), next: null };
    },
  };
}
