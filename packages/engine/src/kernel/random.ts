import { randomBytes } from "node:crypto";

/** A new opaque id: prefix, underscore, 20 characters of [A-Za-z0-9] with 119 bits of randomness. */
export function newId(prefix: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  // 248 is the largest multiple of 62 in a byte: bytes above it would favour some letters
  const letters: string[] = [];
  while (letters.length < 20) {
    for (const byte of randomBytes(32)) {
      if (byte < 248 && letters.length < 20) letters.push(alphabet.charAt(byte % 62));
    }
  }
  return `${prefix}_${letters.join("")}`;
}
