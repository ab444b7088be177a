import fastifyCookie from "@fastify/cookie";
import { OptioError } from "@optio/contract";
import type { Clock, Logger, SecretKey } from "@optio/engine";
import { systemClock } from "@optio/engine";
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";
import { fastify } from "fastify";
import packageJson from "../package.json" with { type: "json" };
import type { BoundAddress } from "./allowed-hosts.ts";
import { createAllowedHosts } from "./allowed-hosts.ts";
import { createAuthenticator } from "./auth/authenticate.ts";
import { createLoginCookie } from "./auth/login-cookie.ts";
import { createLoginLimiter } from "./auth/login-limiter.ts";
import { addDoor } from "./door.ts";
import { createEventStreams } from "./event-stream.ts";
import { createIdempotency } from "./idempotency.ts";
import { acceptJsonOnly } from "./json-body.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { createMetrics } from "./metrics/metrics.ts";
import { pathOf, rawProblem, sendProblem } from "./problems.ts";
import type { ServedEngine } from "./routes/handlers.ts";
import { registerRoutes } from "./routes/register-routes.ts";
import { addStaticFiles, SECURITY_HEADERS } from "./static-files.ts";

const SECOND_MS = 1000;
/** Time for a whole request to arrive; answers, such as streams, may take as long as they like. */
const REQUEST_TIMEOUT_MS = 120 * SECOND_MS;
/** More than Node lets a request line hold: the router would refuse a long id before the door has its say. */
const MAX_PARAM_LENGTH = 64 * 1024;
const WILDCARDS = ["0.0.0.0", "::"];

/** What a server needs. */
export interface ServerOptions {
  readonly engine: ServedEngine;
  readonly logger: Logger;
  /** The installation's secret key; login cookies and stored answers are protected with keys derived from it. */
  readonly secretKey: SecretKey;
  /** The built dashboard. Absent or without index.html: a page that says how to build it. */
  readonly dashboardDir?: string;
  /** Names besides the loopback ones: `name` with any port, or `name:port`. Default: none. */
  readonly allowedHosts?: readonly string[];
  /** The address under which people reach the server; its host is allowed, https makes the cookie Secure. */
  readonly baseUrl?: string;
  readonly clock?: Clock;
  /** Time between two signs of life on a stream, in ms. Default 15 000. */
  readonly pingMs?: number;
}

/** An HTTP server over an engine. */
export interface OptioServer {
  /** Binds and answers the address. Port 0 picks a free one. @throws `host-failed` when the port is taken. */
  listen(at: { readonly host?: string; readonly port: number }): Promise<{ url: string; host: string; port: number }>;
  /** Sends a request in-process; the Host is `localhost:80` unless given. */
  inject(request: InjectOptions): Promise<LightMyRequestResponse>;
  /** Ends streams, cuts what is left and stops listening, within two seconds. The engine stays open. May be called again. */
  close(): Promise<void>;
}

/** Serves the route table and the dashboard over an engine; closing the engine is its owner's. */
export async function buildServer(options: ServerOptions): Promise<OptioServer> {
  const { engine, logger, clock = systemClock } = options;
  const app = createApp(logger);
  const metrics = createMetrics({ store: engine.store, version: packageJson.version });
  const streams = metrics.counting(
    createEventStreams({ logger, ...(options.pingMs === undefined ? {} : { pingMs: options.pingMs }) }),
  );
  const cookie = createLoginCookie(options.secretKey);
  const authenticator = createAuthenticator({ tokens: engine.store.tokens, cookie, clock });
  const hosts = createAllowedHosts(namesOf(options), () => boundAddress(app));
  acceptJsonOnly(app);
  await app.register(fastifyCookie);
  addHeadersAndLog(app, logger, metrics);
  addDoor(app, { hosts, authenticator });
  const context = { engine, authenticator, cookie, limiter: createLoginLimiter(clock), streams, metrics, clock };
  registerRoutes(
    app,
    {
      ...context,
      version: packageJson.version,
      startedAt: clock.now(),
      isHttps: options.baseUrl?.startsWith("https:") ?? false,
    },
    createIdempotency({ store: engine.store.idempotency, secretKey: options.secretKey, clock }),
  );
  addStaticFiles(app, options.dashboardDir);
  await app.ready();
  const close = async () => {
    await streams.close();
    await app.close();
    metrics[Symbol.dispose]();
  };
  let closed: Promise<void> | undefined;
  return {
    listen: (at) => listen(app, at),
    inject: (request) => app.inject(request),
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

function createApp(logger: Logger): FastifyInstance {
  const app = fastify({
    logger: false,
    forceCloseConnections: true,
    requestTimeout: REQUEST_TIMEOUT_MS,
    return503OnClosing: false,
    // a request without Host gets the answer of the door, not Node's own
    http: { requireHostHeader: false },
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    rewriteUrl: (request) => normaliseTarget(request.url ?? "/"),
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.end(rawProblem(error.code));
    },
  });
  app.setErrorHandler((error, request, reply) => sendProblem(request, reply, error, logger));
  return app;
}

/**
 * The target without scheme and host, which the Host header says. A percent sign that begins no escape stands for
 * itself: the id it is in is then refused like any other wrong id.
 */
function normaliseTarget(target: string): string {
  const url = target.replace(/^https?:\/\/[^/?#]*/i, "") || "/";
  const [path = "", ...query] = url.split("?");
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    return [path.replaceAll("%", "%25"), ...query].join("?");
  }
}

function addHeadersAndLog(app: FastifyInstance, logger: Logger, metrics: Metrics): void {
  app.addHook("onRequest", async (_request, reply) => {
    void reply.headers(SECURITY_HEADERS);
  });
  app.addHook("onSend", async (_request, reply) => {
    if (!reply.hasHeader("cache-control")) void reply.header("cache-control", "no-store");
  });
  app.addHook("onResponse", async (request, reply) => {
    metrics.answered(request, reply.statusCode, reply.elapsedTime);
    const fields = { method: request.method, path: pathOf(request), status: reply.statusCode };
    logger.debug(
      { ...fields, caller: request.principal?.name ?? "", elapsedMs: Math.round(reply.elapsedTime) },
      "request",
    );
  });
}

function namesOf({ allowedHosts = [], baseUrl }: ServerOptions): string[] {
  return [...allowedHosts, ...(baseUrl === undefined ? [] : [new URL(baseUrl).host])];
}

function boundAddress(app: FastifyInstance): BoundAddress {
  const address = app.server.address();
  if (address === null || typeof address === "string") return {};
  if (WILDCARDS.includes(address.address)) return { port: address.port };
  return { host: bracketed(address.address), port: address.port };
}

async function listen(
  app: FastifyInstance,
  { host = "127.0.0.1", port }: { readonly host?: string; readonly port: number },
): Promise<{ url: string; host: string; port: number }> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    const why = taken ? "the port is taken; choose another one" : String(error);
    throw new OptioError("host-failed", `cannot listen on ${host}:${port}: ${why}`, { cause: error });
  }
  const bound = boundAddress(app).port ?? port;
  return { url: `http://${bracketed(host)}:${bound}`, host, port: bound };
}

function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
