import { OptioError } from "@optio/contract";
import type { StoredToken } from "@optio/engine";
import { hashToken } from "@optio/engine";
import { LOGIN_TTL_MS } from "../auth/login-cookie.ts";
import type { Handlers, RouteContext } from "./handlers.ts";

type LoginBody = { readonly token?: string | undefined; readonly code?: string | undefined };

/** Login of browsers: a token or one-time code for a cookie. */
export function loginRoutes(context: RouteContext): Handlers<"POST /login" | "POST /logout" | "GET /me"> {
  const { cookie, limiter, clock } = context;
  const attributes = { path: "/", httpOnly: true, sameSite: "strict" } as const;
  return {
    "POST /login": async ({ body, request, reply }) => {
      const attempt = limiter.begin(request.ip);
      const token = await findToken(body, context);
      if (!token) {
        const what = body.code === undefined ? "token" : "code";
        throw new OptioError(
          "unauthorized",
          `the ${what} is not valid${what === "code" ? " any more; it works once" : ""}`,
        );
      }
      attempt.succeed();
      const expiresAt = clock.now() + LOGIN_TTL_MS;
      void reply.setCookie(cookie.name, cookie.seal({ tokenId: token.id, expiresAt }), {
        ...attributes,
        maxAge: LOGIN_TTL_MS / 1000,
        secure: context.isHttps || (request.headers.origin ?? "").startsWith("https:"),
      });
      return { name: token.name, role: token.role };
    },
    "POST /logout": async ({ reply }) => {
      void reply.clearCookie(cookie.name, attributes);
      return undefined;
    },
    "GET /me": async (call) => {
      const { name, role } = call.principal();
      return { name, role };
    },
  };
}

async function findToken(body: LoginBody, context: RouteContext): Promise<StoredToken | undefined> {
  if (body.token !== undefined) return context.authenticator.findBySecret(body.token);
  if (body.code === undefined) return undefined;
  const { tokens } = context.engine.store;
  const taken = await tokens.takeLoginCode(hashToken(body.code), context.clock.now());
  return taken && tokens.find(taken.tokenId);
}
