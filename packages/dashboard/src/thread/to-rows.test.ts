import { expect, test } from "vitest";
import {
  agentMessage,
  command,
  completed,
  decision,
  envelopes,
  turnStarted,
  userMessage,
} from "./golden.test-support.ts";
import { EMPTY_THREAD, reduceThread } from "./reduce-thread.ts";
import { countBefore, toRows } from "./to-rows.ts";
import { turnStarts } from "./turn-starts.ts";

const rowsOf = (list: ReturnType<typeof envelopes>) =>
  toRows(
    reduceThread(
      EMPTY_THREAD,
      list.map((envelope) => ({ type: "event", envelope })),
    ).entries,
  );

const LIST = envelopes([
  turnStarted("t1"),
  completed("t1", userMessage("u1", "go")),
  completed("t1", command("c1", "ls")),
  completed("t1", command("c2", "pwd")),
  completed("t1", agentMessage("a1", "done")),
  completed("t1", command("c3", "date")),
]);

test("consecutive tool calls share a row and a message between them parts them", () => {
  expect(rowsOf(LIST).map((row) => (row.type === "tools" ? row.entries.length : row.entry.key))).toEqual([
    "item:thread-1/u1",
    2,
    "item:thread-1/a1",
    1,
  ]);
});

test("a pending decision has no row, an answered one has", () => {
  const asked = envelopes([{ type: "decision.requested", decision: decision("d1") }]);
  const answered = envelopes([{ type: "decision.resolved", decision: decision("d1", { decision: "accept" }) }], 2);
  expect(rowsOf(asked)).toHaveLength(0);
  expect(rowsOf([...asked, ...answered])).toHaveLength(1);
});

test("older rows are counted up to the first event that was there before", () => {
  expect(countBefore(rowsOf(LIST), 5)).toBe(2);
  expect(countBefore(rowsOf(LIST), 1)).toBe(0);
  expect(countBefore([], 1)).toBe(0);
});

test("each row knows the message its turn began with", () => {
  expect(turnStarts(rowsOf(LIST))).toEqual([0, 0, 0, 0]);
  expect(turnStarts(rowsOf(LIST.slice(2)))).toEqual([-1, -1, -1]);
});
