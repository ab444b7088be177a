import { expect, test } from "vitest";
import { PublishedResults } from "./published-results.ts";

test("the first result of a process stays until it is cleared, and listeners hear of both", () => {
  const results = new PublishedResults();
  const heard: unknown[] = [];
  const subscription = results.onChange((change) => heard.push(change));
  const [first, second] = [{ n: 1 }, { n: 2 }];
  expect(results.publish("p", first)).toBe(true);
  expect(results.publish("p", second)).toBe(false);
  expect(results.find("p")).toBe(first);
  results.clear("p");
  results.clear("p");
  expect(results.find("p")).toBeUndefined();
  expect(results.publish("p", second)).toBe(true);
  expect(heard).toEqual([
    { processId: "p", value: first },
    { processId: "p", value: undefined },
    { processId: "p", value: second },
  ]);
  subscription[Symbol.dispose]();
  results.clear("p");
  expect(heard).toHaveLength(3);
});
