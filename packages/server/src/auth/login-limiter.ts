import { OptioError } from "@optio/contract";
import type { Clock } from "@optio/engine";

const MINUTE_MS = 60_000;
const MAX_FAILURES = 10;
/** Addresses remembered at most; the one that failed longest ago is forgotten first. */
const MAX_ADDRESSES = 10_000;

/** Slows down who guesses tokens. */
export interface LoginLimiter {
  /** @throws `rate-limited` when the address failed 10 times within a minute. */
  check(address: string): void;
  recordFailure(address: string): void;
}

/** Counts failed logins per address over the last minute. */
export function createLoginLimiter(clock: Clock): LoginLimiter {
  const failures = new Map<string, readonly number[]>();
  const recent = (address: string) => (failures.get(address) ?? []).filter((at) => at > clock.now() - MINUTE_MS);
  return {
    check: (address) => {
      const [oldest, ...rest] = recent(address);
      if (oldest === undefined || rest.length + 1 < MAX_FAILURES) return;
      const seconds = Math.max(1, Math.ceil((oldest + MINUTE_MS - clock.now()) / 1000));
      throw new OptioError("rate-limited", `${MAX_FAILURES} logins failed within a minute; try again in ${seconds} s`, {
        data: { retryAfterSeconds: seconds },
      });
    },
    recordFailure: (address) => {
      const times = [...recent(address), clock.now()].slice(-MAX_FAILURES);
      failures.delete(address);
      failures.set(address, times);
      const [eldest] = failures.keys();
      if (failures.size > MAX_ADDRESSES && eldest !== undefined) failures.delete(eldest);
    },
  };
}
