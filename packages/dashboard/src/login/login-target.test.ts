import { expect, test } from "vitest";
import { loginTarget } from "./login-target.ts";

test.each([
  [undefined, "/"],
  ["/s/demo", "/s/demo"],
  ["//evil.example/", "/"],
  ["/\\evil.example", "/"],
  ["https://evil.example", "/"],
  ["/login?next=/", "/"],
])("after a login, %s leads to %s", (next, target) => {
  expect(loginTarget(next)).toBe(target);
});
