import { createHash } from "node:crypto";
import { OptioError } from "@optio/contract";
import type { Clock, IdempotencyStore, SecretKey } from "@optio/engine";
import { seal, unseal } from "@optio/engine";

/** An answer as it goes over the wire. */
export interface StoredAnswer {
  readonly status: number;
  readonly body: string;
}

/** A request that carries an Idempotency-Key. */
export interface KeyedRequest {
  readonly key: string;
  /** Keys of different callers never meet. */
  readonly principal: string;
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  /** The work itself knows its key, so it may be done again when an earlier attempt broke off. */
  readonly repeatable: boolean;
}

/** Carries out a keyed request once. */
export interface Idempotency {
  /**
   * Does the work, or gives the stored answer when the same request was carried out before; a second one waits for a
   * first that is still at work. Only answers of success are stored: after a failure the key is free again.
   * @throws `idempotency-key-reused` for another request; `idempotency-key-running` when another server, or one that
   * crashed, has the key.
   */
  once(request: KeyedRequest, work: () => Promise<StoredAnswer>): Promise<StoredAnswer & { replayed: boolean }>;
}

/** Answers by Idempotency-Key, kept sealed in the store: the answer to a new token holds its secret. */
export function createIdempotency(options: {
  readonly store: IdempotencyStore;
  readonly secretKey: SecretKey;
  readonly clock: Clock;
}): Idempotency {
  const { store, secretKey, clock } = options;
  const atWork = new Map<string, Promise<unknown>>();
  const carryOut = async (id: { key: string; principal: string }, work: () => Promise<StoredAnswer>) => {
    const answer = await work().catch(async (error: unknown) => {
      await store.abandon(id);
      throw error;
    });
    await store.finish({ ...id, status: answer.status, body: seal(secretKey, answer.body, contextOf(id)) });
    return answer;
  };
  return {
    once: async (request, work) => {
      const id = { key: request.key, principal: request.principal };
      const slot = JSON.stringify(id);
      // the first settles for good or frees the key; either way the store knows what comes next
      while (atWork.has(slot)) await atWork.get(slot)?.catch(() => undefined);
      const turn = Promise.withResolvers<void>();
      atWork.set(slot, turn.promise);
      try {
        const found = await store.begin({ ...id, fingerprint: fingerprintOf(request), now: clock.now() });
        if (found.state === "done")
          return { status: found.status, body: unseal(secretKey, found.body, contextOf(id)), replayed: true };
        if (found.state === "mismatch") throw reused(request.key);
        if (found.state === "running" && !request.repeatable) throw running(request.key);
        return { ...(await carryOut(id, work)), replayed: false };
      } finally {
        atWork.delete(slot);
        turn.resolve();
      }
    },
  };
}

/** The key of a request; undefined without one. @throws `invalid`. */
export function readIdempotencyKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === "string" && /^[\x21-\x7e]{1,200}$/.test(header)) return header;
  throw new OptioError("invalid", "Idempotency-Key: 1 to 200 visible ASCII characters without spaces");
}

/** What tells two requests with the same key apart: a digest of method, target and body. */
export function fingerprintOf({ method, url, body }: Pick<KeyedRequest, "method" | "url" | "body">): string {
  return createHash("sha256")
    .update(JSON.stringify([method, url, body ?? null]))
    .digest("hex");
}

function contextOf({ key, principal }: { readonly key: string; readonly principal: string }): string {
  return `idempotent-answer:${principal}:${key}`;
}

function reused(key: string): OptioError {
  return new OptioError("idempotency-key-reused", `the Idempotency-Key '${key}' was used with another request`);
}

function running(key: string): OptioError {
  return new OptioError(
    "idempotency-key-running",
    `a request with the Idempotency-Key '${key}' has begun and not finished`,
  );
}
