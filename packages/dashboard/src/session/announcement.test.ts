import { expect, test } from "vitest";
import {
  agentMessage,
  completed,
  envelopes,
  started,
  turnCompleted,
  turnStarted,
} from "../thread/golden.test-support.ts";
import { EMPTY_THREAD, reduceThread } from "../thread/reduce-thread.ts";
import { announcement } from "./announcement.ts";
import { connectionText } from "./connection.ts";
import { stillOutgoing } from "./use-outbox.ts";

const thread = reduceThread(
  EMPTY_THREAD,
  envelopes([
    turnStarted("t1"),
    completed("t1", agentMessage("a0", "before")),
    started("t1", agentMessage("a1", "")),
    completed("t1", agentMessage("a1", "hello")),
    turnCompleted("t1", "interrupted"),
  ]).map((envelope) => ({ type: "event", envelope })),
);

test("an answer is read out once it is whole, and so is a turn that broke off", () => {
  expect(announcement(thread, 2)).toBe("hello\nTurn interrupted");
  expect(announcement(thread, 4)).toBe("Turn interrupted");
});

test("what was there before is not read out again", () => {
  expect(announcement(thread, 5)).toBeUndefined();
});

test("the connection says how many events are missing", () => {
  expect(connectionText({ type: "catching-up", headSeq: 12 }, 9)).toBe("Catching up (3 events)");
  expect(connectionText({ type: "catching-up", headSeq: 10 }, 9)).toBe("Catching up (1 event)");
  expect(connectionText({ type: "live" }, 9)).toBe("Live");
  expect(connectionText({ type: "offline", since: 0 }, 9)).toMatch(/^Offline since /);
});

test("a message is on its way until it is in the transcript or the queue", () => {
  const outgoing = [
    { key: "a", text: "1", messageId: undefined },
    { key: "b", text: "2", messageId: "m2" },
    { key: "c", text: "3", messageId: "m3" },
    { key: "d", text: "4", messageId: "m4" },
  ];
  expect(stillOutgoing(outgoing, new Set(["m2"]), [{ messageId: "m3" }]).map(({ key }) => key)).toEqual(["a", "d"]);
});
