import { expect, test } from "vitest";
import { composerAction } from "./composer-key.ts";

const press = (key: string, held: Partial<Parameters<typeof composerAction>[0]> = {}) => ({
  key,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  isComposing: false,
  ...held,
});

test.each([
  ["Enter sends", press("Enter"), false, "send"],
  ["Enter queues while busy", press("Enter"), true, "send"],
  ["Ctrl+Enter steers while busy", press("Enter", { ctrlKey: true }), true, "steer"],
  ["Cmd+Enter steers while busy", press("Enter", { metaKey: true }), true, "steer"],
  ["Ctrl+Enter sends while idle", press("Enter", { ctrlKey: true }), false, "send"],
  ["Shift+Enter is a new line", press("Enter", { shiftKey: true }), true, undefined],
  ["Esc interrupts while busy", press("Escape"), true, "interrupt"],
  ["Esc does nothing while idle", press("Escape"), false, undefined],
  ["Enter that ends a composition is left alone", press("Enter", { isComposing: true }), false, undefined],
  ["letters are typed", press("a"), true, undefined],
])("%s", (_, key, isBusy, action) => {
  expect(composerAction(key, isBusy)).toBe(action);
});
