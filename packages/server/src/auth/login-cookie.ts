import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { SecretKey } from "@optio/engine";

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long a login lasts. */
export const LOGIN_TTL_MS = 30 * DAY_MS;

/** What a login cookie says. */
export interface Login {
  readonly tokenId: string;
  /** In ms since 1970. */
  readonly expiresAt: number;
}

/** Writes and reads the value of the login cookie. */
export interface LoginCookie {
  /** Carries the installation, so that two servers on one host do not end each other's logins. */
  readonly name: string;
  seal(login: Login): string;
  /** Undefined when the value is forged, broken or over. */
  open(value: string, now: number): Login | undefined;
}

/**
 * A cookie that names a token, signed with a key derived from the installation's secret key. It holds no secret:
 * revoking the token ends it.
 */
export function createLoginCookie(secretKey: SecretKey): LoginCookie {
  const key = Buffer.from(hkdfSync("sha256", secretKey, "", "optio login cookie", 32));
  const sign = (text: string) => createHmac("sha256", key).update(text).digest("base64url");
  return {
    name: `optio_login_${createHmac("sha256", key).update("name").digest("hex").slice(0, 8)}`,
    seal: ({ tokenId, expiresAt }) => `${tokenId}.${expiresAt}.${sign(`${tokenId}.${expiresAt}`)}`,
    open: (value, now) => {
      const match = /^([A-Za-z0-9_-]+)\.(\d{1,15})\.([A-Za-z0-9_-]+)$/.exec(value);
      const [, tokenId, expires, signature] = match ?? [];
      if (tokenId === undefined || expires === undefined || signature === undefined) return undefined;
      const expiresAt = Number(expires);
      return isSame(signature, sign(`${tokenId}.${expires}`)) && expiresAt > now ? { tokenId, expiresAt } : undefined;
    },
  };
}

function isSame(given: string, right: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}
