import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeCursor, decodeTreeCursor, encodeCursor, toPage } from "./cursors.ts";

const place = fc.tuple(fc.nat({ max: Number.MAX_SAFE_INTEGER }), fc.string({ unit: "grapheme" }));

describe("a cursor", () => {
  test("gives its place back and is safe in a URL", () => {
    fc.assert(
      fc.property(place, (at) => {
        expect(decodeCursor(encodeCursor(at))).toEqual(at);
        expect(encodeCursor(at)).toMatch(/^[A-Za-z0-9_-]+$/);
      }),
    );
  });

  test("of a list is none of a tree, nor the other way round", () => {
    expect(decodeTreeCursor(encodeCursor([1, -2, "p"]))).toEqual([1, -2, "p"]);
    expect(() => decodeTreeCursor(encodeCursor([1, "p"]))).toThrow(expect.objectContaining({ code: "invalid" }));
    expect(() => decodeCursor(encodeCursor([1, 2, "p"]))).toThrow(expect.objectContaining({ code: "invalid" }));
  });

  test("that nobody gave out is refused, whatever it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.json()), (text) => {
        for (const decode of [decodeCursor, decodeTreeCursor])
          expect(() => decode(text)).toThrow(expect.objectContaining({ code: "invalid" }));
      }),
    );
  });
});

describe("a page", () => {
  const page = (rows: number[], limit: number) => toPage(rows, limit, String, (row) => [row, "x"]);

  test("holds at most its limit and goes on from its last row when one is left over", () => {
    expect(page([1, 2, 3], 2)).toEqual({ items: ["1", "2"], next: encodeCursor([2, "x"]) });
    expect(page([1, 2], 2)).toEqual({ items: ["1", "2"], next: null });
    expect(page([], 2)).toEqual({ items: [], next: null });
  });
});
