import { existsSync } from "node:fs";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import { OptioError } from "@optio/contract";
import type { FastifyInstance, FastifyReply } from "fastify";
import { pathOf } from "./problems.ts";

const INDEX = "index.html";
/** What a page may load, and who may frame it. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join("; ");

/** Headers of every answer, page or not. */
export const SECURITY_HEADERS = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
} as const;

/**
 * Serves the built dashboard: its files, and its first page for every address that is no file. Without a build every
 * address shows how to make one. Paths below the API's prefix never come here.
 */
export async function addStaticFiles(app: FastifyInstance, dashboardDir: string | undefined): Promise<void> {
  app.setNotFoundHandler((request) => {
    throw new OptioError("not-found", `nothing at ${request.method} ${pathOf(request).slice(0, 200)}`);
  });
  const isBuilt = dashboardDir !== undefined && existsSync(join(dashboardDir, INDEX));
  if (isBuilt) {
    await app.register(fastifyStatic, {
      root: dashboardDir,
      serve: false,
      dotfiles: "ignore",
      cacheControl: false,
      setHeaders: (reply, path) => void reply.header("cache-control", cachingOf(path, dashboardDir)),
    });
  }
  app.route<{ Params: { "*": string } }>({
    method: ["GET", "HEAD"],
    url: "/*",
    handler: (request, reply) => {
      if (isFile(pathOf(request))) return isBuilt ? reply.sendFile(request.params["*"]) : reply.callNotFound();
      return isBuilt ? reply.sendFile(INDEX) : sendHowToBuild(reply);
    },
  });
}

function cachingOf(path: string, root: string): string {
  // the build puts a hash of the content into the name of each asset
  return path.startsWith(join(root, "assets")) ? "public, max-age=31536000, immutable" : "no-cache";
}

/** True for assets and files in the root; every other address is the dashboard router's. */
function isFile(path: string): boolean {
  return path.startsWith("/assets/") || /^\/[^/]+\.[a-z0-9]+$/i.test(path);
}

function sendHowToBuild(reply: FastifyReply): FastifyReply {
  return reply
    .type("text/html; charset=utf-8")
    .header("cache-control", "no-store")
    .send(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Optio</title>
<body style="font: 16px/1.5 system-ui; max-width: 40em; margin: 4em auto; padding: 0 1em">
<h1>The dashboard is not built</h1>
<p>The server runs. Build the dashboard in the checkout and start again:</p>
<pre>npm run build</pre>
</body></html>
`);
}
