import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { waitOrAbort, withDeadline } from "./abort.ts";

const never = () => new Promise<never>(() => undefined);

test("a wait without a signal is the promise itself", async () => {
  expect(await waitOrAbort(Promise.resolve(7), undefined)).toBe(7);
});

test("a wait ends with the abort reason while the work goes on", async () => {
  const stop = new AbortController();
  const reason = new Error("enough");
  const wait = waitOrAbort(never(), stop.signal);
  stop.abort(reason);
  await expect(wait).rejects.toBe(reason);
  await expect(waitOrAbort(Promise.reject(new Error("late")), stop.signal)).rejects.toBe(reason);
});

test("a wait that settled leaves no listener on the signal, whichever way it settled", async () => {
  const { signal } = new AbortController();
  expect(await waitOrAbort(Promise.resolve("done"), signal)).toBe("done");
  await expect(waitOrAbort(Promise.reject(new Error("broken")), signal)).rejects.toThrow("broken");
  await Promise.resolve();
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("work that ignores its signal ends with a timeout that names it", async () => {
  const work = withDeadline({ timeoutMs: 5, what: "the walk to the moon" }, never);
  await expect(work).rejects.toMatchObject({
    code: "timeout",
    message: "the walk to the moon did not finish within 5 ms",
  });
});

test("the work hears of the time being up through its signal", async () => {
  const heard = Promise.withResolvers<unknown>();
  const work = withDeadline({ timeoutMs: 5, what: "it" }, (signal) => {
    signal.addEventListener("abort", () => heard.resolve(signal.reason));
    return never();
  });
  await expect(work).rejects.toMatchObject({ code: "timeout" });
  expect(await heard.promise).toMatchObject({ code: "timeout" });
});

test("the caller's abort ends the work with the caller's reason, and keeps it from starting", async () => {
  const stop = new AbortController();
  const reason = new Error("the caller left");
  const work = withDeadline({ timeoutMs: 60_000, what: "it", signal: stop.signal }, never);
  stop.abort(reason);
  await expect(work).rejects.toBe(reason);
  let started = false;
  const late = withDeadline({ timeoutMs: 60_000, what: "it", signal: stop.signal }, async () => {
    started = true;
  });
  await expect(late).rejects.toBe(reason);
  expect(started).toBe(false);
});

test("work in time answers, and its own failure is its own", async () => {
  expect(await withDeadline({ timeoutMs: 60_000, what: "it" }, async () => 3)).toBe(3);
  const failing = withDeadline({ timeoutMs: 60_000, what: "it" }, async () => {
    throw new Error("mine");
  });
  await expect(failing).rejects.toThrow("mine");
});
