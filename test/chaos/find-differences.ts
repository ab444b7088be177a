import type { Envelope, Item } from "@optio/contract";
import { agentMessageItemSchema, commandItemSchema, fileChangeItemSchema, reasoningItemSchema } from "@optio/contract";
import { findLogProblems } from "../support/log-problems.ts";
import { decisionsIn, messagesIn } from "../support/read-log.ts";
import type { ExpectedItem, PlannedTurn } from "./plan.ts";

export interface Outcome {
  readonly turns: readonly PlannedTurn[];
  /** The log as pages give it. */
  readonly stored: readonly Envelope[];
  /** The log as a client saw it that lost its server. */
  readonly streamed: readonly Envelope[];
  /** What the commands wrote, each once. */
  readonly trace: string;
}

/** Everything in which a run differs from its plan; empty when nothing does. */
export function findDifferences({ turns, stored, streamed, trace }: Outcome): string[] {
  return [
    ...findLogProblems(stored),
    ...compare("stream", stored.map(toLine), streamed.map(toLine)),
    ...compare("item", turns.flatMap(expectedLines), itemsByTurn(stored)),
    ...compare(
      "trace",
      turns.flatMap((turn) => turn.trace ?? []),
      trace.split("\n").filter((line) => line !== ""),
    ),
    ...compare(
      "answer",
      turns.flatMap((turn) => turn.answer ?? []),
      answersGiven(stored),
    ),
    ...turnsThatDidNotComplete(stored),
  ];
}

function compare(what: string, expected: readonly string[], found: readonly string[]): string[] {
  if (expected.length !== found.length || expected.some((line, index) => line !== found[index])) {
    const at = expected.findIndex((line, index) => line !== found[index]);
    const index = at === -1 ? expected.length : at;
    return [
      `${what} ${index} of ${expected.length}: expected ${expected[index]}, found ${found[index]} (of ${found.length})`,
    ];
  }
  return [];
}

function expectedLines(turn: PlannedTurn): string[] {
  return turn.items.map(({ kind, status, text }) => `${kind} ${status} ${text}`);
}

/** The completed items, turn by turn, each where it began. */
function itemsByTurn(stored: readonly Envelope[]): string[] {
  const completed = new Map<string, Item>();
  for (const { event } of stored) if (event.type === "item.completed") completed.set(event.item.id, event.item);
  return stored.flatMap(({ event }) => {
    const item = event.type === "item.started" ? completed.get(event.item.id) : undefined;
    return item ? [`${item.kind} ${item.status} ${textOf(item)}`] : [];
  });
}

const TEXTS: Readonly<Record<string, (item: Item) => string>> = {
  agentMessage: (item) => agentMessageItemSchema.parse(item).text,
  reasoning: (item) => reasoningItemSchema.parse(item).summary.join(""),
  commandExecution: (item) => /-l?c ["'](.*)["']$/s.exec(commandItemSchema.parse(item).command)?.[1] ?? "",
  fileChange: (item) =>
    fileChangeItemSchema
      .parse(item)
      .changes.map(({ path }) => path.replace(/.*\//, ""))
      .join(),
};

function textOf(item: Item): ExpectedItem["text"] {
  if (item.kind === "userMessage") return messagesIn([asCompleted(item)]).join();
  return TEXTS[item.kind]?.(item) ?? "";
}

function asCompleted(item: Item): Envelope {
  return { seq: 1, at: "", run: 1, event: { type: "item.completed", threadId: "", turnId: "", item } };
}

/** Each decision must have been asked once and answered once, by the client. */
function answersGiven(stored: readonly Envelope[]): string[] {
  return [...decisionsIn(stored).values()].map((states) => {
    const last = states.at(-1);
    return states.length === 2 && last?.state === "resolved"
      ? `${last.resolution?.decision}`
      : `${last?.state} after ${states.length}`;
  });
}

function turnsThatDidNotComplete(stored: readonly Envelope[]): string[] {
  return stored.flatMap(({ seq, event }) =>
    event.type === "turn.completed" && event.status !== "completed" ? [`${seq}: a turn ended ${event.status}`] : [],
  );
}

function toLine(envelope: Envelope): string {
  return JSON.stringify(envelope);
}
