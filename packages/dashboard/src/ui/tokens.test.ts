import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { contrast, readTokens } from "./contrast.test-support.ts";

// not imported with ?raw: the test runner empties style sheets
const css = readFileSync(join(import.meta.dirname, "tokens.css"), "utf8");
const AA_TEXT = 4.5;
const AA_CONTROL = 3;
const GROUNDS = ["page", "surface", "sunken", "hover"];
const SOFT = ["action-soft", "attention-soft", "good-soft", "bad-soft"];
/** Text on a ground: every pair that the components use. */
const TEXT_PAIRS: readonly (readonly [ink: string, ground: string])[] = [
  ...GROUNDS.flatMap((ground) =>
    ["text", "muted", "action", "attention", "good", "bad"].map((ink) => [ink, ground] as const),
  ),
  ...SOFT.flatMap((ground) => ["text", "muted"].map((ink) => [ink, ground] as const)),
  ["attention", "attention-soft"],
  ["bad", "bad-soft"],
  ["action", "attention-soft"],
  ["action", "action-soft"],
  ["good", "good-soft"],
  ["on-action", "action"],
  ["on-attention", "attention"],
];
/** Edges of controls against what they stand on, and the focus ring. */
const CONTROL_PAIRS = [
  ["line-strong", "page"],
  ["line-strong", "surface"],
  ["action", "page"],
  ["action", "attention-soft"],
] as const;

describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
  const tokens = readTokens(css);
  const ratio = (ink = "", ground = "") => {
    const [a, b] = [tokens.get(ink), tokens.get(ground)];
    if (!a || !b) throw new Error(`no token ${a ? ground : ink}`);
    return contrast(a[theme], b[theme]);
  };

  test.each(TEXT_PAIRS)("%s on %s reaches AA for text", (ink, ground) => {
    expect(ratio(ink, ground)).toBeGreaterThanOrEqual(AA_TEXT);
  });

  test.each(CONTROL_PAIRS)("%s on %s reaches AA for controls", (ink, ground) => {
    expect(ratio(ink, ground)).toBeGreaterThanOrEqual(AA_CONTROL);
  });
});

test("contrast is measured right at the ends of the scale", () => {
  const black = { lightness: 0, chroma: 0, hue: 0 };
  const white = { lightness: 1, chroma: 0, hue: 0 };
  expect(contrast(black, white)).toBeCloseTo(21, 1);
  expect(contrast(white, white)).toBe(1);
});
