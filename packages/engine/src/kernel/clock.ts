import { setTimeout as delay } from "node:timers/promises";

/** Time as a dependency, so that tests can own it. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Resolves after `ms`. Rejects with the signal's reason on abort. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock; a sleep never keeps the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, { ref: false, ...(signal ? { signal } : {}) });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};

/** The instant as the contract writes it: ISO 8601, UTC, milliseconds. */
export function toInstant(ms: number): string {
  return new Date(ms).toISOString();
}
