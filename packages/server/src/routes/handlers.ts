import type { ROUTES } from "@optio/contract";
import type { Clock, Engine } from "@optio/engine";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { z } from "zod";
import type { Authenticator } from "../auth/authenticate.ts";
import type { LoginCookie } from "../auth/login-cookie.ts";
import type { LoginLimiter } from "../auth/login-limiter.ts";
import type { Principal } from "../auth/principal.ts";
import type { EventStreams } from "../event-stream.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { OWN_BODIES } from "./own-bodies.ts";

type Routes = (typeof ROUTES)[number];
type LandedRoute = Extract<Routes, { landed: true }>;
type KeyOf<R> = R extends { method: infer M extends string; path: infer P extends string } ? `${M} ${P}` : never;
type RouteAt<K> = LandedRoute extends infer R
  ? R extends LandedRoute
    ? KeyOf<R> extends K
      ? R
      : never
    : never
  : never;
type Parsed<R, P extends string> = R extends Record<P, infer S extends z.ZodType> ? z.output<S> : undefined;
type BodyOf<K> = K extends keyof typeof OWN_BODIES ? z.output<(typeof OWN_BODIES)[K]> : Parsed<RouteAt<K>, "body">;
type Answer<R> = R extends { status: 204 }
  ? undefined
  : R extends { stream: "text" }
    ? string
    : R extends { response: infer S extends z.ZodType }
      ? z.input<S>
      : undefined;

/** A landed route as `METHOD /path`. */
export type RouteKey = KeyOf<LandedRoute>;

/** The handler took the reply over (a stream). */
export const TAKEN_OVER = Symbol("the handler took the reply over");

/** A request behind the door, with its parts parsed by the route's schemas. */
export interface Call<K extends RouteKey> {
  readonly params: Parsed<RouteAt<K>, "params">;
  readonly query: Parsed<RouteAt<K>, "query">;
  readonly body: BodyOf<K>;
  /** @throws `unauthorized` on an open route. */
  principal(): Principal;
  readonly idempotencyKey: string | undefined;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** Calls the engine and gives back what the route answers with. */
export type Handler<K extends RouteKey> = (
  call: Call<K>,
) => Promise<Answer<RouteAt<K>> | (RouteAt<K> extends { stream: "sse" } ? typeof TAKEN_OVER : never)>;

/** A handler for each of the landed routes: one that is missing does not compile. */
export type Handlers<K extends RouteKey = RouteKey> = { readonly [Key in K]: Handler<Key> };

/** The part of the engine that is served. */
export type ServedEngine = Pick<
  Engine,
  "store" | "processes" | "sessions" | "decisions" | "groups" | "blocks" | "resync" | "agents" | "feed"
>;

/** What handlers work with. */
export interface RouteContext {
  readonly engine: ServedEngine;
  readonly authenticator: Authenticator;
  readonly cookie: LoginCookie;
  readonly limiter: LoginLimiter;
  readonly streams: EventStreams;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly version: string;
  /** Server start, in ms since 1970. */
  readonly startedAt: number;
  /** The server is reached over https, so its cookie never travels in clear. */
  readonly isHttps: boolean;
}
