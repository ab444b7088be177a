import { expect, test } from "vitest";
import { listKey } from "./list-key.ts";

test.each([
  ["j enters the list at its first row", "j", -1, 3, 0],
  ["j goes down and stops at the last row", "j", 2, 3, 2],
  ["k goes up and stops at the first row", "k", 0, 3, 0],
  ["k enters the list at its last row", "k", -1, 3, 2],
  ["an empty list has nowhere to go", "j", -1, 0, undefined],
  ["/ goes to the search", "/", 2, 3, "search"],
  ["n starts a session anywhere", "n", -1, 0, "new"],
  ["other keys do nothing", "x", 0, 3, undefined],
])("%s", (_, key, current, count, action) => {
  expect(listKey(key, current, count)).toBe(action);
});
