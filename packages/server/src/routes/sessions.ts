import { notAvailable, OptioError } from "@optio/contract";
import type { Handlers, RouteContext } from "./handlers.ts";

type Keys =
  | "POST /sessions"
  | "GET /sessions/:id"
  | "POST /sessions/:id/turns"
  | "PUT /sessions/:id/queue/:messageId"
  | "DELETE /sessions/:id/queue/:messageId"
  | "POST /sessions/:id/interrupt"
  | "POST /sessions/:id/close"
  | "POST /sessions/:id/login";

/** Keys of a message whose part has not landed. */
const LATER_MESSAGE_KEYS = ["images", "controls"];

/** Sessions: create, read, converse, close. */
export function sessionRoutes({ engine }: RouteContext): Handlers<Keys> {
  const { sessions } = engine;
  return {
    // whoever creates a session over HTTP can answer its decisions over HTTP
    "POST /sessions": async ({ body: { agent, ...config } }) =>
      sessions.create(agent, config, { given: "json", canAnswer: true }),
    "GET /sessions/:id": async ({ params }) => sessions.get(params.id),
    "POST /sessions/:id/turns": async ({ params, body: { text, mode, ...others } }) => {
      refuseOthers(others);
      return sessions.send(params.id, { text, mode });
    },
    "PUT /sessions/:id/queue/:messageId": async ({ params, body }) => {
      const { messageId, state } = await sessions.editMessage(params.id, params.messageId, body.text);
      return { messageId, state };
    },
    "DELETE /sessions/:id/queue/:messageId": async ({ params }) => {
      await sessions.dropMessage(params.id, params.messageId);
      return undefined;
    },
    "POST /sessions/:id/interrupt": async ({ params }) => sessions.interrupt(params.id),
    "POST /sessions/:id/close": async ({ params }) => sessions.close(params.id),
    "POST /sessions/:id/login": async ({ params, body }) => sessions.login(params.id, body),
  };
}

function refuseOthers(others: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(others)) {
    if (LATER_MESSAGE_KEYS.includes(key)) throw notAvailable(key, `the key '${key}'`);
    throw new OptioError("invalid", `unknown key '${key.slice(0, 100)}'; known keys: text, mode`, { data: { key } });
  }
}
