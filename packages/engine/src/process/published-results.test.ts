import { expect, test } from "vitest";
import { PublishedResults } from "./published-results.ts";

const first = { processId: "p", run: 1 };
const second = { processId: "p", run: 2 };

test("the first result of a run stays until its end, and listeners hear of both", () => {
  const results = new PublishedResults();
  const heard: unknown[] = [];
  const subscription = results.onChange((change) => heard.push(change));
  const [one, two] = [{ n: 1 }, { n: 2 }];
  results.begin(first);
  expect(results.publish(first, one)).toBe(true);
  expect(results.publish(first, two)).toBe(false);
  expect(results.find("p")).toBe(one);
  results.end(first, "done");
  results.end(first, "done");
  expect(results.find("p")).toBeUndefined();
  results.begin(second);
  expect(results.publish(second, two)).toBe(true);
  expect(heard).toEqual([
    { processId: "p", value: one },
    { processId: "p", value: undefined },
    { processId: "p", value: two },
  ]);
  subscription[Symbol.dispose]();
  results.end(second, "done");
  expect(heard).toHaveLength(3);
});

test("who waits gets the result, before it is published and after, as often as it asks", async () => {
  const results = new PublishedResults();
  const value = { n: 1 };
  results.begin(first);
  const early = results.wait(first);
  results.publish(first, value);
  expect(await Promise.all([early, results.wait(first), results.wait(first)])).toEqual([value, value, value]);
});

test("who waits for a run that ends without a result is told how it ended", async () => {
  const results = new PublishedResults();
  results.begin(first);
  const waiting = results.wait(first);
  results.end(first, "cancelled");
  await expect(waiting).rejects.toMatchObject({
    code: "result-not-published",
    message: "run 1 of 'p' ended cancelled without publishing a result",
    data: { state: "cancelled" },
  });
  await expect(results.wait(first)).rejects.toMatchObject({ code: "result-not-published" });
});

test("a run that is over, or that a later one replaced, publishes nothing", () => {
  const results = new PublishedResults();
  expect(results.publish(first, {})).toBe(false);
  results.begin(first);
  results.begin(second);
  expect(results.publish(first, {})).toBe(false);
  results.end(first, "failed");
  expect(results.publish(second, { n: 2 })).toBe(true);
  results.end(second, "done");
  expect(results.publish(second, {})).toBe(false);
});
