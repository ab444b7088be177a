import type { ApiClient } from "@optio/contract";
import { createApiClient, OptioError } from "@optio/contract";
import { resolveHome, resolveToken, resolveUrl, tokenFile } from "../config.ts";
import type { CliContext, GlobalOptions } from "../context.ts";

/** A server as client commands reach it. */
export interface Connection {
  readonly url: string;
  readonly api: ApiClient;
  /**
   * Sends a request that no typed call covers (streams), with the token.
   * @throws `server-unreachable`; `cancelled` when the signal aborts.
   */
  readonly request: (path: string, init: { headers: Record<string, string>; signal: AbortSignal }) => Promise<Response>;
}

/** Finds the server and a token for it; nothing is sent yet. @throws `usage` for a bad address, `unauthorized` when there is no token. */
export async function connect(context: CliContext, options: GlobalOptions): Promise<Connection> {
  const url = resolveUrl(context.env, options);
  const home = resolveHome(context.env, options, context.cwd);
  const token = await resolveToken(context.env, options, home);
  const fetch = (request: Request) => reach(context, url, request);
  if (token === undefined) {
    await assertReachable(fetch, url);
    throw new OptioError("unauthorized", `no token for ${url}: ${tokenFile(home)} is missing`, {
      data: { next: "Give one with --token or OPTIO_TOKEN, or name the server's home with --home or OPTIO_HOME." },
    });
  }
  return {
    url,
    api: createApiClient({ baseUrl: url, token, fetch }),
    request(path, { headers, signal }) {
      const request = new Request(`${url}${path}`, { headers: { ...headers, authorization: `Bearer ${token}` } });
      return reach(context, url, request, signal);
    },
  };
}

/** Without a server a missing token says nothing: `optio up` makes it. */
async function assertReachable(fetch: (request: Request) => Promise<Response>, url: string): Promise<void> {
  const response = await fetch(new Request(`${url}/api/health`));
  await response.body?.cancel();
}

async function reach(
  context: CliContext,
  url: string,
  request: Request,
  given: AbortSignal = request.signal,
): Promise<Response> {
  const signal = AbortSignal.any([context.signal, given]);
  try {
    return await context.fetch(request, { signal });
  } catch (error) {
    if (signal.aborted) throw new OptioError("cancelled", "stopped before the server had answered", { cause: error });
    throw new OptioError("server-unreachable", `no server answers at ${url} (${reasonOf(error)})`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && "code" in cause && typeof cause.code === "string") return cause.code;
  return cause instanceof Error ? cause.message : String(cause);
}
