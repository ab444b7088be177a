import { opaqueIdSchema } from "@optio/contract";
import { expect, test } from "vitest";
import { newId } from "./random.ts";

test("an id is its prefix and 20 letters and digits, fit for the contract", () => {
  const id = newId("msg");
  expect(id).toMatch(/^msg_[A-Za-z0-9]{20}$/);
  expect(opaqueIdSchema.parse(id)).toBe(id);
});

test("ids differ, and every letter of the alphabet occurs about equally often", () => {
  const ids = Array.from({ length: 5_000 }, () => newId("x"));
  expect(new Set(ids).size).toBe(ids.length);
  const counts = new Map<string, number>();
  for (const letter of ids.flatMap((id) => [...id.slice(2)])) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  expect(counts.size).toBe(62);
  // 100 000 letters: 1 613 expected each, standard deviation 40; a byte taken modulo 62 gives the first eight 25 % more
  for (const count of counts.values()) expect(Math.abs(count - 100_000 / 62)).toBeLessThan(300);
});
