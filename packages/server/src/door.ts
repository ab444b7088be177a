import type { RouteDef } from "@optio/contract";
import { API_PREFIX, OptioError } from "@optio/contract";
import type { FastifyInstance, FastifyRequest } from "fastify";
import type { AllowedHosts } from "./allowed-hosts.ts";
import type { Authenticator } from "./auth/authenticate.ts";
import { requireRole } from "./auth/authenticate.ts";
import type { Principal } from "./auth/principal.ts";
import { pathOf } from "./problems.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** The caller; null on open routes and static files. */
    principal: Principal | null;
  }
  interface FastifyContextConfig {
    /** The row of the route table; absent for static files and unknown paths. */
    route?: RouteDef;
  }
}

/** What the door asks. */
export interface DoorOptions {
  readonly hosts: AllowedHosts;
  readonly authenticator: Authenticator;
}

/**
 * Refuses before a body is read, in this order: Host, Origin, token, role, a part that has not landed. Body and
 * existence come after it. Unknown paths below the prefix answer only to who has a token.
 */
export function addDoor(app: FastifyInstance, options: DoorOptions): void {
  app.decorateRequest("principal", null);
  app.addHook("onRequest", async (request) => {
    refuseForeign(request, options.hosts);
    const route = request.routeOptions.config.route;
    if (route) return admit(request, route, options.authenticator);
    if (!isApiPath(pathOf(request))) return;
    await options.authenticator.authenticate(request);
    throw new OptioError("not-found", `no route ${request.method} ${pathOf(request).slice(0, 200)}`);
  });
}

function refuseForeign(request: FastifyRequest, hosts: AllowedHosts): void {
  const { host, origin } = request.headers;
  if (!hosts.allowsHost(host))
    throw new OptioError(
      "host-not-allowed",
      `the host '${(host ?? "").slice(0, 200)}' is not one of this server's names`,
    );
  if (origin !== undefined && !hosts.allowsOrigin(origin))
    throw new OptioError("origin-not-allowed", `the origin '${origin.slice(0, 200)}' is not one of this server's`);
}

async function admit(request: FastifyRequest, route: RouteDef, authenticator: Authenticator): Promise<void> {
  if (route.role !== "open") {
    request.principal = await authenticator.authenticate(request);
    requireRole(request.principal, route.role);
  }
  if (!route.landed)
    throw new OptioError(
      "not-available",
      `the route ${route.method} ${API_PREFIX}${route.path} is not available in this version`,
      {
        status: 501,
      },
    );
}

/** Decoded before it is compared: the router decodes too, and no spelling of the prefix may reach the static files. */
function isApiPath(path: string): boolean {
  const decoded = decode(path).replace(/^\/+/, "/").toLowerCase();
  return decoded === API_PREFIX || decoded.startsWith(`${API_PREFIX}/`);
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
