import { createHash, randomBytes } from "node:crypto";

const TOKEN_BYTES = 32;

/** A new access token: `optio_` and 43 characters of base64url, 256 random bits. */
export function newToken(): string {
  return `optio_${randomBytes(TOKEN_BYTES).toString("base64url")}`;
}

/** What is stored of a token: SHA-256 in hex. Without salt or stretching, because tokens are random bits that nobody can guess. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
