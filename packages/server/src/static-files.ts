import type { Stats } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { OptioError } from "@optio/contract";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { pathOf } from "./problems.ts";

const INDEX = "index.html";
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".webp": "image/webp",
  ".woff": "font/woff",
  ".woff2": "font/woff2",
};
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
 * address shows how to make one; a build made later is seen. Paths below the API's prefix never come here.
 */
export function addStaticFiles(app: FastifyInstance, dashboardDir: string | undefined): void {
  app.setNotFoundHandler((request) => {
    throw nothingAt(request);
  });
  const build = createBuild(dashboardDir);
  app.route<{ Params: { "*": string } }>({
    method: ["GET", "HEAD"],
    url: "/*",
    handler: async (request, reply) => {
      const files = await build.files();
      const path = request.params["*"];
      const name = files.has(path) || isFile(pathOf(request)) ? path : INDEX;
      const file = files.get(name);
      if (file) return sendFile(request, reply, { name, file });
      if (name === INDEX) return sendHowToBuild(reply);
      throw nothingAt(request);
    },
  });
}

/** A file of the build. */
interface BuiltFile {
  readonly path: string;
  /** Changes with every write of the file. */
  readonly etag: string;
}

/**
 * The files of the build by their address, read again when the first page was written anew. Only a listed file is ever
 * opened, so no spelling of an address leads out of the directory; links and hidden files are not listed.
 */
function createBuild(dir: string | undefined): { files(): Promise<ReadonlyMap<string, BuiltFile>> } {
  let listed: { etag: string | undefined; files: Promise<ReadonlyMap<string, BuiltFile>> } | undefined;
  return {
    files: async () => {
      const etag = dir === undefined ? undefined : etagOf(await stat(join(dir, INDEX)).catch(() => undefined));
      if (listed?.etag !== etag || listed === undefined) listed = { etag, files: listFiles(etag && dir) };
      return listed.files;
    },
  };
}

async function listFiles(dir: string | undefined): Promise<ReadonlyMap<string, BuiltFile>> {
  if (dir === undefined) return new Map();
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const file: BuiltFile = { path, etag: etagOf(await stat(path)) ?? "" };
      return [relative(dir, path).split(sep).join("/"), file] as const;
    });
  return new Map(await Promise.all(files));
}

function etagOf(stats: Stats | undefined): string | undefined {
  return stats && `"${stats.size.toString(36)}-${Math.round(stats.mtimeMs).toString(36)}"`;
}

/** True for assets and files in the root; every other address is the dashboard router's. */
function isFile(path: string): boolean {
  return path.startsWith("/assets/") || /^\/[^/]+\.[a-z0-9]+$/i.test(path);
}

async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  { name, file }: { readonly name: string; readonly file: BuiltFile },
): Promise<FastifyReply> {
  // the build puts a hash of the content into the name of each asset
  const isImmutable = name.startsWith("assets/");
  void reply.headers({
    "cache-control": isImmutable ? "public, max-age=31536000, immutable" : "no-cache",
    etag: file.etag,
  });
  if (request.headers["if-none-match"] === file.etag) return reply.code(304).send();
  const bytes = await readFile(file.path).catch((cause: unknown) => {
    throw nothingAt(request, cause);
  });
  return reply.type(CONTENT_TYPES[extname(name)] ?? "application/octet-stream").send(bytes);
}

function nothingAt(request: FastifyRequest, cause?: unknown): OptioError {
  return new OptioError("not-found", `nothing at ${request.method} ${pathOf(request).slice(0, 200)}`, { cause });
}

function sendHowToBuild(reply: FastifyReply): FastifyReply {
  return reply
    .type("text/html; charset=utf-8")
    .header("cache-control", "no-store")
    .send(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Optio</title>
<body style="font: 16px/1.5 system-ui; max-width: 40em; margin: 4em auto; padding: 0 1em">
<h1>The dashboard is not built</h1>
<p>The server runs. Build the dashboard in the checkout and load this page again:</p>
<pre>npm run build</pre>
</body></html>
`);
}
