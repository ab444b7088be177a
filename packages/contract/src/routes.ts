import { HOUSE_ROUTES } from "./routes/house-routes.ts";
import { PLACE_ROUTES } from "./routes/place-routes.ts";
import { PROCESS_ROUTES } from "./routes/process-routes.ts";
import type { RouteDef } from "./routes/route-def.ts";
import { SESSION_ROUTES } from "./routes/session-routes.ts";

export { type Block, blockSchema } from "./routes/process-routes.ts";
export * from "./routes/route-def.ts";

/** Every route of design §7 in its order. */
export const ROUTES = [
  ...HOUSE_ROUTES,
  ...PROCESS_ROUTES,
  ...SESSION_ROUTES,
  ...PLACE_ROUTES,
] as const satisfies readonly RouteDef[];

/** The prefix of every route. */
export const API_PREFIX = "/api";
