import { z } from "zod";
import type { RouteDef } from "./route-def.ts";
import { agentSchema, now, whoSchema } from "./route-def.ts";

/** Readiness, agents and sign-in. */
export const HOUSE_ROUTES = [
  {
    method: "GET",
    path: "/health",
    role: "open",
    summary: "Readiness of the server.",
    status: 200,
    response: z.object({ status: z.literal("ok"), version: z.string(), store: z.string(), uptimeMs: z.number() }),
    ...now,
  },
  {
    method: "GET",
    path: "/metrics",
    role: "viewer",
    summary: "Prometheus metrics.",
    status: 200,
    stream: "text",
    ...now,
  },
  {
    method: "GET",
    path: "/openapi.json",
    role: "open",
    summary: "This interface as OpenAPI 3.1.",
    status: 200,
    response: z.looseObject({}),
    ...now,
  },
  {
    method: "GET",
    path: "/agents",
    role: "viewer",
    summary: "Agent kinds with labels and login kinds.",
    status: 200,
    response: z.object({ items: z.array(agentSchema), next: z.null() }),
    ...now,
  },
  {
    method: "POST",
    path: "/login",
    role: "open",
    summary: "Exchange a token or a one-time code for the login cookie.",
    status: 200,
    body: z.union([
      z.strictObject({ token: z.string().min(1).max(512) }),
      z.strictObject({ code: z.string().min(1).max(512) }),
    ]),
    response: whoSchema,
    ...now,
  },
  { method: "POST", path: "/logout", role: "viewer", summary: "Drop the login cookie.", status: 204, ...now },
  {
    method: "GET",
    path: "/me",
    role: "viewer",
    summary: "Name and role of the caller.",
    status: 200,
    response: whoSchema,
    ...now,
  },
] as const satisfies readonly RouteDef[];
