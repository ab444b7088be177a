import { buildOpenApi } from "../openapi.ts";
import type { Handlers, RouteContext } from "./handlers.ts";

type Keys = "GET /health" | "GET /metrics" | "GET /openapi.json" | "GET /agents";

/** The server about itself: health, metrics, contract, agents. */
export function houseRoutes(context: RouteContext): Handlers<Keys> {
  // made when it is first asked for: most servers never are
  let openApi: ReturnType<typeof buildOpenApi> | undefined;
  return {
    "GET /health": async () => ({
      status: "ok",
      version: context.version,
      store: context.engine.store.kind,
      uptimeMs: context.clock.now() - context.startedAt,
    }),
    "GET /metrics": async () => context.metrics.render(),
    "GET /openapi.json": async () => {
      openApi ??= buildOpenApi(context.version);
      return openApi;
    },
    "GET /agents": async () => {
      const agents = await context.engine.agents();
      return { items: agents.map((agent) => ({ ...agent, loginKinds: [...agent.loginKinds] })), next: null };
    },
  };
}
