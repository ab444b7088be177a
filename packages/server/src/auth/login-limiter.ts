import { OptioError } from "@optio/contract";
import type { Clock } from "@optio/engine";

const MINUTE_MS = 60_000;
const MAX_FAILURES = 10;
/** Addresses remembered at most; the one that failed longest ago is forgotten first. */
const MAX_ADDRESSES = 10_000;

/** Slows down who guesses tokens. */
export interface LoginLimiter {
  /**
   * Counts an attempt of the address before it is judged, so that many at once are no way round; the result takes it
   * back when it succeeds.
   * @throws `rate-limited` when the address failed 10 times within a minute.
   */
  begin(address: string): { succeed(): void };
}

/** Counts failed logins per address over the last minute. */
export function createLoginLimiter(clock: Clock): LoginLimiter {
  const attempts = new Map<string, readonly Attempt[]>();
  const recent = (address: string) => (attempts.get(address) ?? []).filter(({ at }) => at > clock.now() - MINUTE_MS);
  const put = (address: string, list: readonly Attempt[]) => {
    attempts.delete(address);
    if (list.length > 0) attempts.set(address, list);
    const [eldest] = attempts.keys();
    if (attempts.size > MAX_ADDRESSES && eldest !== undefined) attempts.delete(eldest);
  };
  return {
    begin: (address) => {
      const before = recent(address);
      const [oldest] = before;
      if (oldest && before.length >= MAX_FAILURES) throw tooMany(oldest.at + MINUTE_MS - clock.now());
      const attempt: Attempt = { at: clock.now() };
      put(address, [...before, attempt]);
      return {
        succeed: () =>
          put(
            address,
            recent(address).filter((other) => other !== attempt),
          ),
      };
    },
  };
}

interface Attempt {
  readonly at: number;
}

function tooMany(waitMs: number): OptioError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new OptioError("rate-limited", `${MAX_FAILURES} logins failed within a minute; try again in ${seconds} s`, {
    data: { retryAfterSeconds: seconds },
  });
}
