import { expect, test } from "vitest";
import { relativePath } from "./relative-path.ts";

test.each([
  ["/w/src/a.ts", "/w", "src/a.ts"],
  ["/w/src/a.ts", "/w/", "src/a.ts"],
  ["/work/a.ts", "/w", "/work/a.ts"],
  ["/w", "/w", "/w"],
  ["a.ts", "/w", "a.ts"],
  ["/w/a.ts", null, "/w/a.ts"],
])("%s seen from %s is %s", (path, directory, relative) => {
  expect(relativePath(path, directory)).toBe(relative);
});
