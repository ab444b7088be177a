import { describe, expect, test } from "vitest";
import { hashToken, newToken } from "./token.ts";

describe("a token", () => {
  test("is new each time and carries 256 bits", () => {
    expect(newToken()).toMatch(/^optio_[A-Za-z0-9_-]{43}$/);
    expect(newToken()).not.toBe(newToken());
  });

  test("is stored as its SHA-256", () => {
    expect(hashToken("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});
