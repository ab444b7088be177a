import { OptioError } from "@optio/contract";
import { expect, test } from "vitest";
import { describeError, isUnauthorized } from "./describe-error.ts";
import { parseEnvelope, parseEnvelopes, parseFrame, parseJson } from "./parse-envelope.ts";

const outer = { seq: 3, at: "2026-01-01T10:00:00.000Z", run: 1 };

test("a known event is read", () => {
  const envelope = { ...outer, event: { type: "session.adopted" } };
  expect(parseEnvelope(envelope)).toEqual(envelope);
});

test("an event of an unknown type keeps its seq and its payload", () => {
  const event = { type: "future.thing", size: 3 };
  expect(parseEnvelope({ ...outer, event })).toMatchObject({ seq: 3, event: { type: "message.client", data: event } });
});

test("what has no seq is no envelope", () => {
  expect(parseEnvelope({ event: {} })).toBeUndefined();
  expect(parseEnvelopes({ items: [{ ...outer, event: { type: "session.adopted" } }, 1] })).toHaveLength(1);
  expect(parseEnvelopes("nothing")).toEqual([]);
});

test("broken JSON and unknown frames are nothing", () => {
  expect(parseJson("{")).toBeUndefined();
  expect(parseFrame('{"frame":"future"}')).toBeUndefined();
});

test("a refusal is told in the server's words with what to do", () => {
  const error = new OptioError("queue-full", "The queue is full.", { data: { next: "Wait." } });
  expect(describeError(error)).toEqual({ code: "queue-full", message: "The queue is full.", next: "Wait." });
  expect(describeError(new TypeError("Failed to fetch")).code).toBe("unreachable");
  expect(describeError("boom").message).toBe("boom");
  expect(isUnauthorized(new OptioError("unauthorized", "no"))).toBe(true);
});
