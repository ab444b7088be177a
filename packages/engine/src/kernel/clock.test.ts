import { expect, test } from "vitest";
import { systemClock, toInstant } from "./clock.ts";

test("a sleep ends with the reason of its signal, also when that was aborted before", async () => {
  const stop = new AbortController();
  const reason = new Error("wake up");
  const sleep = systemClock.sleep(60_000, stop.signal);
  stop.abort(reason);
  await expect(sleep).rejects.toBe(reason);
  await expect(systemClock.sleep(60_000, stop.signal)).rejects.toBe(reason);
});

test("a sleep lasts as long as it says by the same clock", async () => {
  const before = performance.now();
  await systemClock.sleep(20);
  // a timer may fire up to a millisecond early
  expect(performance.now() - before).toBeGreaterThanOrEqual(19);
});

test("an instant is ISO 8601 in UTC with milliseconds", () => {
  expect(toInstant(0)).toBe("1970-01-01T00:00:00.000Z");
  expect(toInstant(1_700_000_000_123)).toBe("2023-11-14T22:13:20.123Z");
});
