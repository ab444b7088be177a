import { expect, it } from "vitest";
import type { ModelRequest } from "./read-request.ts";
import { readTurn } from "./read-turn.ts";
import { markedId, turnTag } from "./step-mark.ts";

// UUIDs of version 7 sort by time; the first digits stand for the moment here.
const uuid = (moment: number) => `0000000${moment}-0000-7000-8000-000000000000`;
const user = (moment: number, text: string) => ({
  type: "message",
  id: `msg_${uuid(moment)}`,
  role: "user",
  content: [{ type: "input_text", text }],
});
const said = (turn: number, step: number) => ({
  type: "message",
  id: markedId("msg", { turn: turnTag(uuid(turn)), step, part: 0 }),
  role: "assistant",
  content: [{ type: "output_text", text: "…" }],
});
const called = (turn: number, step: number, output: string) => {
  const callId = markedId("call", { turn: turnTag(uuid(turn)), step, part: 0 });
  return [
    { type: "function_call", id: "fc_1", call_id: callId, name: "exec_command", arguments: "{}" },
    { type: "function_call_output", call_id: callId, output },
  ];
};

const request = (turn: number, input: unknown[]): ModelRequest => ({
  threadId: "t",
  turnId: uuid(turn),
  kind: "turn",
  source: undefined,
  model: "m",
  input,
  tools: [],
  bodyBytes: 0,
});

it("begins a turn at its own message, also after one that was interrupted before it was answered", () => {
  const state = readTurn(request(5, [user(1, "<environment_context>…"), user(2, "lost"), user(6, "asked again")]));
  expect(state).toMatchObject({
    turnIndex: 1,
    firstUserText: "lost",
    userTexts: ["asked again"],
    lastStep: -1,
  });
});

it("counts messages that were steered into a turn as part of that turn", () => {
  const past = [user(2, "a"), said(1, 0), user(3, "steered"), said(1, 1)];
  const state = readTurn(
    request(5, [...past, user(6, "b"), said(5, 0), user(7, "steered too"), ...called(5, 1, "ok")]),
  );
  expect(state).toMatchObject({ turnIndex: 1, userTexts: ["b", "steered too"], lastStep: 1 });
});

it("keeps the latest output of a call and sees a refusal", () => {
  const state = readTurn(
    request(1, [
      user(2, "a"),
      ...called(1, 0, "Process running with session ID 7"),
      ...called(1, 0, "late"),
      ...called(1, 1, 'exec_command failed: Rejected("rejected by user")'),
    ]),
  );
  expect(state.outputs.get(0)).toEqual([{ text: "late", declined: false }]);
  expect(state.outputs.get(1)).toMatchObject([{ declined: true }]);
});

it("takes the last message when items have no ids, and ignores what it cannot read", () => {
  const anonymous = (text: string) => ({ type: "message", role: "user", content: text });
  const state = readTurn(request(1, [anonymous("a"), 7, null, { type: "?" }, anonymous("b")]));
  expect(state).toMatchObject({ turnIndex: 1, userTexts: ["b"], lastStep: -1 });
});
