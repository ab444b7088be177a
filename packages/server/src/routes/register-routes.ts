import type { RouteDef } from "@optio/contract";
import { API_PREFIX, BODY_LIMIT_BYTES, checkFilter, OptioError, parseOrThrow, ROUTES } from "@optio/contract";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Idempotency, StoredAnswer } from "../idempotency.ts";
import { readIdempotencyKey } from "../idempotency.ts";
import { decisionRoutes } from "./decisions.ts";
import { feedRoutes } from "./feed.ts";
import { groupRoutes } from "./groups.ts";
import type { Handlers, RouteContext } from "./handlers.ts";
import { TAKEN_OVER } from "./handlers.ts";
import { houseRoutes } from "./house.ts";
import { logRoutes } from "./log.ts";
import { loginRoutes } from "./login.ts";
import { OWN_BODIES } from "./own-bodies.ts";
import { processRoutes } from "./processes.ts";
import { sessionEventRoutes } from "./session-events.ts";
import { sessionRoutes } from "./sessions.ts";
import { tokenRoutes } from "./tokens.ts";

const JSON_TYPE = "application/json; charset=utf-8";
/** Plain text as Prometheus reads it. */
const TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
/** A decision's answer is stored with its key by the engine, so a retry after a crash gets it there. */
const REPEATABLE = ["POST /decisions/:id"];

/** A handler as the registration sees it: what it takes was parsed by the schemas of its own route. */
type AnyHandler = (call: {
  params: unknown;
  query: unknown;
  body: unknown;
  principal: () => NonNullable<FastifyRequest["principal"]>;
  idempotencyKey: string | undefined;
  request: FastifyRequest;
  reply: FastifyReply;
}) => Promise<unknown>;

/**
 * Registers every row of the route table below the prefix.
 * @throws `internal` when a landed row has no handler or a handler has no landed row.
 */
export function registerRoutes(app: FastifyInstance, context: RouteContext, idempotency: Idempotency): void {
  const handlers = handlersByKey(context);
  for (const route of ROUTES as readonly RouteDef[]) {
    const key = `${route.method} ${route.path}`;
    const handler = handlers.get(key);
    handlers.delete(key);
    if ((handler !== undefined) !== route.landed)
      throw new OptioError("internal", `${key}: landed is ${route.landed}, but its handler says otherwise`);
    app.route({
      method: route.method,
      url: API_PREFIX + route.path,
      exposeHeadRoute: false,
      bodyLimit: route.bodyLimitBytes ?? BODY_LIMIT_BYTES,
      config: { route },
      handler: (request, reply) => answer(request, reply, { route, key, handler, idempotency }),
    });
  }
  if (handlers.size > 0)
    throw new OptioError("internal", `no route for the handlers ${[...handlers.keys()].join(", ")}`);
}

function handlersByKey(context: RouteContext): Map<string, AnyHandler> {
  const handlers: Handlers = {
    ...houseRoutes(context),
    ...loginRoutes(context),
    ...processRoutes(context),
    ...logRoutes(context),
    ...groupRoutes(context),
    ...feedRoutes(context),
    ...sessionRoutes(context),
    ...sessionEventRoutes(context),
    ...decisionRoutes(context),
    ...tokenRoutes(context),
  };
  // each handler gets what the schemas of its own row made; a map of them all cannot say so in types
  return new Map(Object.entries(handlers) as [string, AnyHandler][]);
}

interface Registered {
  readonly route: RouteDef;
  readonly key: string;
  readonly handler: AnyHandler | undefined;
  readonly idempotency: Idempotency;
}

async function answer(request: FastifyRequest, reply: FastifyReply, registered: Registered): Promise<FastifyReply> {
  const { route, handler } = registered;
  if (!handler) throw new OptioError("internal", `${registered.key} passed the door without having landed`);
  const idempotencyKey = route.method === "POST" ? readIdempotencyKey(request.headers["idempotency-key"]) : undefined;
  const call = {
    ...parseParts(request, registered),
    principal: () => principalOf(request),
    idempotencyKey,
    request,
    reply,
  };
  const work = async (): Promise<StoredAnswer | typeof TAKEN_OVER> => {
    const result = await handler(call);
    if (result === TAKEN_OVER) return TAKEN_OVER;
    return { status: route.status, body: bodyOf(route, result) };
  };
  const type = route.stream === "text" ? TEXT_TYPE : JSON_TYPE;
  if (idempotencyKey === undefined || route.role === "open") return send(reply, await work(), type);
  const once = await registered.idempotency.once(
    {
      key: idempotencyKey,
      principal: principalOf(request).tokenId,
      method: request.method,
      url: request.url,
      body: request.body,
      repeatable: REPEATABLE.includes(registered.key),
    },
    async () => {
      const result = await work();
      if (result === TAKEN_OVER)
        throw new OptioError("internal", `${registered.key} streams and cannot be answered twice`);
      return result;
    },
  );
  if (once.replayed) void reply.header("idempotent-replayed", "true");
  return send(reply, once, type);
}

function bodyOf(route: RouteDef, result: unknown): string {
  if (result === undefined) return "";
  return route.stream === "text" ? String(result) : JSON.stringify(result);
}

function parseParts(
  request: FastifyRequest,
  { route, key }: Registered,
): { params: unknown; query: unknown; body: unknown } {
  const own: Readonly<Record<string, z.ZodType>> = OWN_BODIES;
  const bodySchema = Object.hasOwn(own, key) ? own[key] : route.body;
  const parse = (schema: z.ZodType | undefined, value: unknown, what: string) =>
    schema === undefined ? undefined : parseOrThrow(schema, value, what);
  refuseUnknownKeys(route, request.query);
  refuseWrongFilter(route, request.body);
  return {
    body: parse(bodySchema, request.body === undefined ? {} : request.body, "body"),
    params: parse(route.params, request.params, "path"),
    query: parse(route.query, request.query, "query"),
  };
}

function principalOf(request: FastifyRequest): NonNullable<FastifyRequest["principal"]> {
  if (!request.principal) throw new OptioError("unauthorized", "this route takes a token");
  return request.principal;
}

/** @throws `bad-request` naming the keys: a filter that is not read would select too much. */
function refuseUnknownKeys({ query }: RouteDef, given: unknown): void {
  if (!(query instanceof z.ZodObject) || typeof given !== "object" || given === null) return;
  const known = Object.keys(query.shape);
  const keys = Object.keys(given).filter((key) => !known.includes(key));
  if (keys.length === 0) return;
  const names = keys.map((key) => `'${key.slice(0, 100)}'`).join(", ");
  const hint = known.includes("filter") ? "; fields are filtered by the JSON in 'filter'" : "";
  throw new OptioError("bad-request", `unknown query key ${names}; known keys: ${known.join(", ")}${hint}`, {
    data: { keys },
  });
}

/** A filter that is wrong has a code of its own. @throws `invalid-filter` naming the key. */
function refuseWrongFilter({ body }: RouteDef, given: unknown): void {
  if (!(body instanceof z.ZodObject) || !Object.hasOwn(body.shape, "filter")) return;
  // its own: a list has a method of that name
  if (typeof given === "object" && given !== null && Object.hasOwn(given, "filter") && "filter" in given)
    checkFilter(given.filter);
}

function send(reply: FastifyReply, result: StoredAnswer | typeof TAKEN_OVER, type: string): FastifyReply {
  if (result === TAKEN_OVER) return reply;
  void reply.code(result.status);
  return result.body === "" ? reply.send() : reply.type(type).send(result.body);
}
