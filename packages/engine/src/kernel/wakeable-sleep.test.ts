import { expect, test } from "vitest";
import { FakeClock } from "./fake-clock.test-support.ts";
import { WakeableSleep } from "./wakeable-sleep.ts";

const DAY_MS = 24 * 60 * 60_000;

test("a sleep ends at its instant, however far away, in slices that a timer can hold", async () => {
  const clock = new FakeClock(0);
  const sleep = new WakeableSleep(clock);
  let over = false;
  const slept = sleep.until(60 * DAY_MS, new AbortController().signal).then(() => {
    over = true;
  });
  await clock.untilSleeping();
  clock.advance(60 * DAY_MS - 1);
  await clock.untilSleeping();
  expect(over).toBe(false);
  clock.advance(1);
  await slept;
});

test("a wake ends the sleep, and one that comes before it ends it at once, but not the one after", async () => {
  const clock = new FakeClock(0);
  const sleep = new WakeableSleep(clock);
  const { signal } = new AbortController();
  const slept = sleep.until(undefined, signal);
  sleep.wake();
  await slept;
  sleep.wake();
  await sleep.until(1_000, signal);
  const third = sleep.until(1_000, signal);
  await clock.untilSleeping();
  clock.advance(1_000);
  await third;
});

test("an abort ends the sleep and leaves no timer", async () => {
  const clock = new FakeClock(0);
  const stop = new AbortController();
  const sleeps = [1_000, undefined].map((at) => new WakeableSleep(clock).until(at, stop.signal));
  await clock.untilSleeping();
  stop.abort();
  await Promise.all(sleeps);
  expect(clock.sleeping).toBe(0);
  await new WakeableSleep(clock).until(undefined, stop.signal);
});

test("an instant that has passed is no sleep", async () => {
  await new WakeableSleep(new FakeClock(5)).until(5, new AbortController().signal);
});
