import { describe, expect, test } from "vitest";
import { ERRORS, errorEntry, OptioError, toOptioError } from "./errors.ts";

describe("the error catalogue", () => {
  test("has each code once, in kebab case, with a status and what to do", () => {
    const codes = ERRORS.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const entry of ERRORS) {
      expect(entry.code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(entry.status).toBeGreaterThanOrEqual(400);
      expect(entry.when.endsWith(".") && entry.next.endsWith(".")).toBe(true);
    }
  });

  test("answers with the row of internal for a code it does not have", () => {
    expect(errorEntry("no-such-code").code).toBe("internal");
  });
});

describe("OptioError", () => {
  test("takes status and retryable from the catalogue, a status given wins", () => {
    expect(new OptioError("timeout", "late")).toMatchObject({ status: 504, retryable: true });
    expect(new OptioError("not-available", "no", { status: 501 })).toMatchObject({ status: 501, retryable: false });
  });

  test("wraps anything thrown and keeps its own kind", () => {
    const own = new OptioError("invalid", "x");
    expect(toOptioError(own)).toBe(own);
    const cause = new Error("boom");
    expect(toOptioError(cause, "host-failed")).toMatchObject({ code: "host-failed", message: "boom", cause });
    expect(toOptioError("text")).toMatchObject({ code: "internal", message: "text" });
  });
});
