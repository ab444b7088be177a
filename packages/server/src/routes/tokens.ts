import type { TokenRecord } from "@optio/contract";
import type { StoredToken } from "@optio/engine";
import { Serial, toInstant } from "@optio/engine";
import { createToken, removeToken } from "../auth/tokens.ts";
import type { Handlers, RouteContext } from "./handlers.ts";

/** Tokens: list, create, revoke. */
export function tokenRoutes({
  engine,
  clock,
}: RouteContext): Handlers<"GET /tokens" | "POST /tokens" | "DELETE /tokens/:id"> {
  const { store } = engine;
  // one removal at a time, or two could each take the other for the admin token that stays
  const removals = new Serial();
  return {
    "GET /tokens": async ({ query }) => {
      const page = await store.tokens.list(query);
      return { items: page.items.map(toRecord), next: page.next };
    },
    "POST /tokens": async ({ body }) => {
      const { record, secret } = await createToken({ store, clock, ...body });
      return { ...toRecord(record), token: secret };
    },
    "DELETE /tokens/:id": async ({ params }) => {
      await removals.run(() => removeToken(store.tokens, params.id));
      return undefined;
    },
  };
}

function toRecord({ id, name, role, createdAt, lastUsedAt }: StoredToken): TokenRecord {
  return {
    id,
    name,
    role,
    createdAt: toInstant(createdAt),
    lastUsedAt: lastUsedAt === null ? null : toInstant(lastUsedAt),
  };
}
