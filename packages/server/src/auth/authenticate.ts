import type { Role } from "@optio/contract";
import { OptioError } from "@optio/contract";
import type { Clock, StoredToken, TokenStore } from "@optio/engine";
import { hashToken } from "@optio/engine";
import type { FastifyRequest } from "fastify";
import type { LoginCookie } from "./login-cookie.ts";
import type { Principal } from "./principal.ts";
import { mayAct } from "./principal.ts";

const MINUTE_MS = 60_000;

/** Tells who makes a request. */
export interface Authenticator {
  /** The caller, by bearer token or else by login cookie. @throws `unauthorized`. */
  authenticate(request: FastifyRequest): Promise<Principal>;
  /** The token with this secret; undefined when there is none. */
  findBySecret(secret: string): Promise<StoredToken | undefined>;
  /** False once the caller's token was revoked or its login is over: long streams ask now and then. */
  isStillValid(principal: Principal): Promise<boolean>;
}

/** Finds callers among the stored tokens; a token's last use is noted at most once a minute. */
export function createAuthenticator(options: {
  readonly tokens: TokenStore;
  readonly cookie: LoginCookie;
  readonly clock: Clock;
}): Authenticator {
  const { tokens, cookie, clock } = options;
  const noteUse = async (token: StoredToken) => {
    const now = clock.now();
    if (token.lastUsedAt === null || token.lastUsedAt <= now - MINUTE_MS) await tokens.markUsed(token.id, now);
  };
  const findBySecret = (secret: string) => tokens.findByHash(hashToken(secret));
  const byCookie = async (request: FastifyRequest) => {
    const value = request.cookies[cookie.name];
    const login = value === undefined ? undefined : cookie.open(value, clock.now());
    const token = login && (await tokens.find(login.tokenId));
    return token ? { token, expiresAt: login.expiresAt } : undefined;
  };
  const byBearer = async (header: string) => {
    const secret = /^bearer +(\S+)$/i.exec(header)?.[1];
    const token = secret === undefined ? undefined : await findBySecret(secret);
    return token && { token, expiresAt: null };
  };
  return {
    findBySecret,
    authenticate: async (request) => {
      const header = request.headers.authorization;
      const found = header === undefined ? await byCookie(request) : await byBearer(header);
      if (!found) throw new OptioError("unauthorized", whyNot(header));
      await noteUse(found.token);
      const { id, name, role } = found.token;
      return { tokenId: id, name, role, expiresAt: found.expiresAt };
    },
    isStillValid: async ({ tokenId, role, expiresAt }) => {
      if (expiresAt !== null && expiresAt <= clock.now()) return false;
      const token = await tokens.find(tokenId);
      return token !== undefined && mayAct(token.role, role);
    },
  };
}

/** Refuses a caller below the least role. @throws `forbidden` naming the role. */
export function requireRole(principal: Principal, least: Role): void {
  if (!mayAct(principal.role, least))
    throw new OptioError(
      "forbidden",
      `this takes the role '${least}'; the token '${principal.name}' is '${principal.role}'`,
    );
}

function whyNot(header: string | undefined): string {
  return header === undefined
    ? "no token and no valid login cookie came with the request"
    : "the Authorization header holds no valid token; it reads 'Bearer <token>'";
}
