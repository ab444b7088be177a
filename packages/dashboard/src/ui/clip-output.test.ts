import { expect, test } from "vitest";
import { clipOutput } from "./clip-output.ts";

test("a short output is whole, without colours and the last line's end", () => {
  expect(clipOutput("\u001b[31mred\u001b[0m\nend\n")).toEqual({ text: "red\nend", hiddenLines: 0 });
});

test("of a long output the end is kept and the rest counted", () => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`);
  const clipped = clipOutput(lines.join("\n"));
  expect(clipped.hiddenLines).toBe(60);
  expect(clipped.text.endsWith("line 99")).toBe(true);
});

test("one endless line is cut too", () => {
  const clipped = clipOutput("x".repeat(100_000));
  expect(clipped.text.length).toBeLessThan(20_000);
  expect(clipped.hiddenLines).toBe(1);
});
