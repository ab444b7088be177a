import type { Decision, Envelope, Item, OptioEvent } from "@optio/contract";

export const THREAD = "thread-1";

interface NewItem {
  readonly id: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

const START_MS = Date.parse("2026-01-01T10:00:00.000Z");

/** The instant so many seconds after the golden lists begin. */
export const at = (seconds: number) => new Date(START_MS + seconds * 1000).toISOString();

/** Envelopes of events in order, one a second, from `firstSeq`. */
export function envelopes(events: readonly OptioEvent[], firstSeq = 1): Envelope[] {
  return events.map((event, index) => ({ seq: firstSeq + index, at: at(firstSeq + index), run: 1, event }));
}

export const turnStarted = (turnId: string): OptioEvent => ({ type: "turn.started", threadId: THREAD, turnId });

export function turnCompleted(
  turnId: string,
  status: "completed" | "interrupted" | "failed" = "completed",
): OptioEvent {
  return { type: "turn.completed", threadId: THREAD, turnId, status };
}

export const started = (turnId: string, item: NewItem): OptioEvent =>
  itemEvent("item.started", turnId, item, "inProgress");

export const completed = (turnId: string, item: NewItem, status: Item["status"] = "completed") =>
  itemEvent("item.completed", turnId, item, status);

export const userMessage = (id: string, text: string, messageId: string | null = null) => ({
  id,
  kind: "userMessage",
  content: [{ type: "text", text }],
  messageId,
});

export const agentMessage = (id: string, text: string) => ({ id, kind: "agentMessage", text });

export const command = (id: string, text: string) => ({ id, kind: "commandExecution", command: text });

/** A command approval; pending without a resolution. */
export function decision(id: string, resolution?: Decision["resolution"]): Decision {
  return {
    id,
    processId: "demo",
    run: 1,
    kind: "command",
    state: resolution ? "resolved" : "pending",
    request: { command: "rm -rf build", itemId: "c1" },
    options: ["accept", "decline"],
    requestedAt: at(0),
    ...(resolution ? { resolution, resolvedAt: at(1), resolvedBy: "admin" } : {}),
  };
}

function itemEvent(
  type: "item.started" | "item.completed",
  turnId: string,
  item: NewItem,
  status: Item["status"],
): OptioEvent {
  return { type, threadId: THREAD, turnId, item: { ...item, status } };
}
