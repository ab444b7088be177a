import { OptioError, parseFilter } from "@optio/contract";
import { toInstant } from "@optio/engine";
import type { Principal } from "../auth/principal.ts";
import { mayAct } from "../auth/principal.ts";
import type { Handlers, RouteContext, ServedEngine } from "./handlers.ts";

type Keys = "POST /groups/cancel" | "GET /blocks" | "POST /blocks" | "DELETE /blocks" | "POST /resync";
type LaunchBlock = Awaited<ReturnType<ServedEngine["blocks"]["add"]>>;

/** What a group call does besides cancelling, which only admins may. */
const ADMIN_KEYS = ["block", "persist", "purge"] as const;

/** Groups of processes, launch blocks and definitions. */
export function groupRoutes({ engine }: RouteContext): Handlers<Keys> {
  const { groups, blocks } = engine;
  return {
    "POST /groups/cancel": async ({ body, principal }) => {
      refuseAdminKeys(body, principal());
      return groups.cancel(body);
    },
    "GET /blocks": async () => ({ items: (await blocks.list()).map(toBlock), next: null }),
    "POST /blocks": async ({ body }) => toBlock(await blocks.add(body)),
    "DELETE /blocks": async ({ query: { filter, id } }) => {
      // the schema takes one of the two
      const which = filter === undefined ? { id: id ?? "" } : { filter: parseFilter(filter) };
      return { removed: await blocks.lift(which) };
    },
    "POST /resync": async ({ body }) => {
      const { defined, added, removed } = await engine.resync(body);
      return { defined, added: [...added], removed: [...removed] };
    },
  };
}

function refuseAdminKeys(
  body: { readonly [K in (typeof ADMIN_KEYS)[number]]: boolean },
  { name, role }: Principal,
): void {
  const asked = ADMIN_KEYS.filter((key) => body[key]);
  if (asked.length === 0 || mayAct(role, "admin")) return;
  const keys = asked.map((key) => `'${key}'`).join(", ");
  throw new OptioError("forbidden", `the key ${keys} takes the role 'admin'; the token '${name}' is '${role}'`, {
    data: { keys: asked },
  });
}

function toBlock({ id, filter, reason, persistent, createdAt }: LaunchBlock) {
  return { id, filter, reason, persistent, createdAt: toInstant(createdAt) };
}
