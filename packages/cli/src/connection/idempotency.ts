import { randomUUID } from "node:crypto";

/** Header of one mutating call: sent twice by a network, it acts once. */
export function onceHeader(): { "Idempotency-Key": string } {
  return { "Idempotency-Key": randomUUID() };
}
