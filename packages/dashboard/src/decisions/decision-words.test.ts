import { DECISION_ANSWERS } from "@optio/contract";
import { expect, test } from "vitest";
import { decision } from "../thread/golden.test-support.ts";
import { ANSWERS, answerForKey, answerWord, decisionSubject } from "./decision-words.ts";

test("every answer of the contract has words and a key of its own", () => {
  expect(ANSWERS.map((words) => words.answer).sort()).toEqual([...DECISION_ANSWERS].sort());
  expect(new Set(ANSWERS.map((words) => words.key)).size).toBe(ANSWERS.length);
});

test.each([
  ["y", "accept"],
  ["S", "accept_for_session"],
  ["p", "accept_prefix"],
  ["n", "decline"],
  ["c", "cancel"],
  ["Escape", "cancel"],
  ["x", undefined],
])("%s means %s", (key, answer) => {
  expect(answerForKey(key, DECISION_ANSWERS)).toBe(answer);
});

test("a key of an answer that is not offered does nothing", () => {
  expect(answerForKey("s", ["accept", "decline"])).toBeUndefined();
  expect(answerForKey("Escape", ["accept", "decline"])).toBeUndefined();
});

test("a decision is named by its command, its files or its reason", () => {
  const command = decision("d");
  expect(decisionSubject(command)).toBe("rm -rf build");
  const change = { path: "a.ts", diff: "" };
  expect(decisionSubject({ ...command, kind: "fileChange", request: { changes: [change, change] } })).toBe(
    "a.ts and 1 more",
  );
  expect(decisionSubject({ ...command, request: { reason: "because" } })).toBe("because");
});

test("an answer without a resolution is still an answer", () => {
  expect(answerWord(undefined)).toBe("Answered");
  expect(answerWord("decline")).toBe("Declined");
});
