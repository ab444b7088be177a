import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { OptioError } from "@optio/contract";
import type { SecretKey } from "./secret-key.ts";

const ALGORITHM = "aes-256-gcm";
const VERSION = "v1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts a text with AES-256-GCM and a random nonce, bound to a context (what it is and whose: "session-config:<id>"): it opens only
 * with the same key and context. Form: `v1.<base64url of nonce, ciphertext, tag>`.
 */
export function seal(key: SecretKey, plaintext: string, context: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context));
  const ciphertext = Buffer.concat([cipher.update(plaintext, "utf8"), cipher.final()]);
  return `${VERSION}.${Buffer.concat([nonce, ciphertext, cipher.getAuthTag()]).toString("base64url")}`;
}

/**
 * The text that `seal` was given.
 * @throws `secret-key-refused` when it was sealed with another key or for another context, was changed, or is of another version.
 */
export function unseal(key: SecretKey, sealed: string, context: string): string {
  const [version, body, ...rest] = sealed.split(".");
  if (version !== VERSION || body === undefined || rest.length > 0) {
    throw refusal(context, `it is not of the form ${VERSION}.<base64url>`);
  }
  const bytes = Buffer.from(body, "base64url");
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw refusal(context, "it is cut short");
  try {
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const plaintext = [decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
    return Buffer.concat(plaintext).toString("utf8");
  } catch (cause) {
    throw refusal(context, "it was sealed with another key or for something else, or was changed", cause);
  }
}

function refusal(context: string, why: string, cause?: unknown): OptioError {
  return new OptioError("secret-key-refused", `the stored secret ${context} cannot be opened: ${why}`, { cause });
}
