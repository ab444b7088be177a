import { expect, test } from "vitest";
import { FakeClock } from "../kernel/fake-clock.test-support.ts";
import { RestartBudget } from "./restart-budget.ts";

const live = new AbortController().signal;

function aBudget(delaysMs = [0, 1_000, 3_000]) {
  const clock = new FakeClock();
  return { clock, budget: new RestartBudget({ clock, delaysMs, forgivenAfterMs: 60_000 }) };
}

/** Spends once; answers with the time it took. */
async function spend({ clock, budget }: ReturnType<typeof aBudget>, cause = "it died"): Promise<number> {
  const before = clock.now();
  let done = false;
  const spending = budget.spend(cause, live).finally(() => {
    done = true;
  });
  spending.catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  while (!done) {
    clock.advance(500);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await spending;
  return clock.now() - before;
}

test("waits longer before each restart in a row, then refuses, naming the last cause", async () => {
  const one = aBudget();
  expect([await spend(one), await spend(one), await spend(one)]).toEqual([0, 1_000, 3_000]);
  await expect(spend(one, "killed by the system")).rejects.toMatchObject({
    code: "recover-budget-spent",
    message: "restarted 3 times in a row; last cause: killed by the system",
  });
});

test("a life longer than the limit forgives what was before, one as long does not", async () => {
  const one = aBudget([0, 1_000]);
  await spend(one);
  one.clock.advance(60_000);
  expect(await spend(one)).toBe(1_000);
  one.clock.advance(60_001);
  expect(await spend(one)).toBe(0);
  expect(await spend(one)).toBe(1_000);
  await expect(spend(one)).rejects.toMatchObject({ code: "recover-budget-spent" });
});

test("the wait before a restart is no part of the life after it", async () => {
  const one = aBudget([120_000, 1_000]);
  expect(await spend(one)).toBe(120_000);
  expect(await spend(one)).toBe(1_000);
});

test("a wait ends with its signal, and a budget of none refuses at once", async () => {
  const { budget } = aBudget([60_000]);
  const stop = new AbortController();
  const waiting = budget.spend("it died", stop.signal);
  stop.abort(new Error("closed"));
  await expect(waiting).rejects.toThrow("closed");
  await expect(aBudget([]).budget.spend("it died", live)).rejects.toMatchObject({ code: "recover-budget-spent" });
});
