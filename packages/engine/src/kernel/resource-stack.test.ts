import { OptioError } from "@optio/contract";
import { expect, test } from "vitest";
import type { ResourceStep } from "./resource-stack.ts";
import { ResourceStack } from "./resource-stack.ts";

function recording() {
  const steps: ResourceStep[] = [];
  const calls: string[] = [];
  const stack = new ResourceStack((step) => steps.push(step));
  const push = (name: string, release?: () => Promise<void>) =>
    stack.push({
      name,
      release: async () => {
        calls.push(`release ${name}`);
        await release?.();
      },
      detach: async () => {
        calls.push(`detach ${name}`);
      },
    });
  return { stack, steps, calls, push };
}

test("releases the last acquired first, one after the other", async () => {
  const { stack, steps, calls, push } = recording();
  push("one");
  push("two", () => new Promise((resolve) => setImmediate(resolve)));
  push("three");
  expect(await stack.release()).toEqual([]);
  expect(calls).toEqual(["release three", "release two", "release one"]);
  expect(steps).toMatchObject(
    ["three", "two", "one"].map((resource) => ({ resource, verb: "release", durationMs: expect.any(Number) })),
  );
});

test("goes on after a failure and tells every one, wrapped unless it has a code", async () => {
  const { stack, steps, calls, push } = recording();
  push("one");
  push("two", () => Promise.reject(new Error("disk full")));
  push("three", () => Promise.reject(new OptioError("host-failed", "gone")));
  const failures = await stack.release();
  expect(calls).toEqual(["release three", "release two", "release one"]);
  expect(failures).toMatchObject([
    { code: "host-failed", message: "gone" },
    { code: "teardown-incomplete", message: "disk full" },
  ]);
  expect(steps.map((step) => step.error?.code)).toEqual(["host-failed", "teardown-incomplete", undefined]);
});

test("a release that hangs is given up at its deadline, and the ones below still run", async () => {
  const { stack, calls, push } = recording();
  push("below");
  let reason: unknown;
  stack.push({
    name: "stuck",
    timeoutMs: 5,
    release: (signal) => {
      signal.addEventListener("abort", () => {
        reason = signal.reason;
      });
      return new Promise(() => undefined);
    },
  });
  expect(await stack.release()).toMatchObject([
    { code: "timeout", message: "release of stuck did not finish within 5 ms" },
  ]);
  expect(reason).toMatchObject({ code: "timeout" });
  expect(calls).toEqual(["release below"]);
});

test("each release gets a signal of its own that has not been aborted", async () => {
  const seen: AbortSignal[] = [];
  const stack = new ResourceStack();
  const resource = (name: string) => ({
    name,
    release: async (signal: AbortSignal) => {
      seen.push(signal);
      expect(signal.aborted).toBe(false);
    },
  });
  stack.push(resource("one"));
  stack.push(resource("two"));
  expect(await stack.release()).toEqual([]);
  expect(new Set(seen).size).toBe(2);
});

test("detach lets go without ending, and skips what has nothing to let go of", async () => {
  const { stack, steps, calls, push } = recording();
  push("one");
  stack.push({ name: "ends only", release: () => Promise.reject(new Error("must not be ended")) });
  push("two");
  expect(await stack.detach()).toEqual([]);
  expect(calls).toEqual(["detach two", "detach one"]);
  expect(steps.map((step) => `${step.verb} ${step.resource}`)).toEqual(["detach two", "detach one"]);
});

test("a second release does nothing, and what was pushed while releasing is released too", async () => {
  const { stack, calls, push } = recording();
  push("one");
  push("two", async () => push("late"));
  await stack.release();
  await stack.release();
  expect(calls).toEqual(["release two", "release late", "release one"]);
});
