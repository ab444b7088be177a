import { z } from "zod";
import type { ModelRequest } from "./read-request.ts";
import type { ToolOutput } from "./script.ts";
import { markOf, turnTag } from "./step-mark.ts";

/** Where a turn stands, read from nothing but the request. */
export type TurnState = {
  turnIndex: number;
  /** First text a person sent to this thread, as far as its history still shows it. */
  firstUserText: string;
  userTexts: string[];
  /** Number of the last step that left an item in the history; −1 at the start. */
  lastStep: number;
  /** Outputs of the calls of a step, in order of their part; a later poll replaces the output of its call. */
  outputs: Map<number, ToolOutput[]>;
};

/**
 * Reads the state of the request's turn from its input items, so that any server gives the same answer to the same request.
 *
 * The turn's own user messages are those whose id (UUID v7, so ordered by time) is not older than the turn's id: a message of an
 * earlier, interrupted turn is history, a second message of this turn was steered. Without such ids: the last one.
 */
export function readTurn(request: ModelRequest): TurnState {
  const tag = turnTag(request.turnId);
  const items = request.input.flatMap(historyItem);
  const people = items.filter((item) => item.kind === "user");
  const own = people.filter((item) => isOfTurn(item.id, request.turnId));
  const current = own.length > 0 ? own : people.slice(-1);
  const marks = items.flatMap((item) => (item.kind === "ours" && item.turn === tag ? [item] : []));
  return {
    turnIndex: countTurns(items.slice(0, current[0] ? items.indexOf(current[0]) : 0)),
    firstUserText: people[0]?.text ?? "",
    userTexts: current.map((item) => item.text),
    lastStep: Math.max(-1, ...marks.map((mark) => mark.step)),
    outputs: readOutputs(items, tag),
  };
}

type HistoryItem =
  | { kind: "user"; id: string | undefined; text: string }
  | { kind: "ours"; turn: string; step: number }
  | { kind: "foreign" }
  | { kind: "output"; callId: string; text: string };

const textParts = z.array(z.looseObject({ type: z.string(), text: z.string().optional() }));

const itemSchema = z.looseObject({
  type: z.string(),
  id: z.string().optional(),
  role: z.string().optional(),
  call_id: z.string().optional(),
  content: z.unknown().optional(),
  output: z.unknown().optional(),
});

function historyItem(value: unknown): HistoryItem[] {
  const parsed = itemSchema.safeParse(value);
  if (!parsed.success) return [];
  const { type, id, role, call_id: callId, content, output } = parsed.data;
  if (type === "message" && role === "user") {
    const text = personText(content);
    return text === undefined ? [] : [{ kind: "user", id, text }];
  }
  if (type.endsWith("_call_output") && callId !== undefined)
    return [{ kind: "output", callId, text: partsOf(output).join("\n") }];
  const isCall = type.endsWith("_call");
  if (!isCall && type !== "reasoning" && role !== "assistant") return [];
  const mark = markOf(isCall ? callId : id);
  return [mark ? { kind: "ours", turn: mark.turn, step: mark.step } : { kind: "foreign" }];
}

// Codex speaks to the model in user messages too; each of these begins one.
const CONTEXT_BEGINNINGS = [
  "<environment_context>",
  "<user_instructions>",
  "<turn_aborted>",
  "<user_shell_command>",
  "<subagent_notification>",
  "<skill>",
  "<skills_instructions>",
  "<recommended_plugins>",
  "<hook_prompt",
  "<goal_context>",
  "<image",
  "</image>",
  "# AGENTS.md instructions",
  "Another language model started to solve this problem",
];

function personText(content: unknown): string | undefined {
  const texts = partsOf(content).filter(
    (text) => !CONTEXT_BEGINNINGS.some((beginning) => text.trimStart().startsWith(beginning)),
  );
  return texts.length > 0 ? texts.join("\n") : undefined;
}

function partsOf(content: unknown): string[] {
  if (typeof content === "string") return [content];
  const parts = textParts.safeParse(content);
  return parts.success ? parts.data.flatMap((part) => part.text ?? []) : [];
}

function isOfTurn(itemId: string | undefined, turnId: string): boolean {
  return turnId !== "" && itemId !== undefined && itemId.replace(/^msg_/, "") >= turnId;
}

// A user message between two items of one turn was steered into it; any other begins a turn.
function countTurns(items: HistoryItem[]): number {
  return items.filter((item, index) => {
    if (item.kind !== "user") return false;
    const before = turnOf(items.slice(0, index).findLast(isAnswer));
    return before === undefined || before !== turnOf(items.slice(index).find(isAnswer));
  }).length;
}

function isAnswer(item: HistoryItem): boolean {
  return item.kind === "ours" || item.kind === "foreign";
}

function turnOf(item: HistoryItem | undefined): string | undefined {
  return item?.kind === "ours" ? item.turn : undefined;
}

function readOutputs(items: HistoryItem[], tag: string): Map<number, ToolOutput[]> {
  const outputs = new Map<number, ToolOutput[]>();
  for (const item of items) {
    if (item.kind !== "output") continue;
    const mark = markOf(item.callId);
    if (mark?.turn !== tag) continue;
    const ofStep = outputs.get(mark.step) ?? [];
    ofStep[mark.part] = { text: item.text, declined: /rejected by user/.test(item.text) };
    outputs.set(mark.step, ofStep);
  }
  return outputs;
}
