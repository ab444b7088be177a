import type { ThreadState } from "../thread/reduce-thread.ts";

const MAX_CHARS = 500;

/** What to read out of the events after `sinceSeq`: the last whole answer, or how the turn ended; undefined for nothing. */
export function announcement(thread: ThreadState, sinceSeq: number): string | undefined {
  const fresh: string[] = [];
  for (let index = thread.envelopes.length - 1; index >= 0; index -= 1) {
    const envelope = thread.envelopes[index];
    if (!envelope || envelope.seq <= sinceSeq) break;
    const { event } = envelope;
    if (event.type === "item.completed" && event.item.kind === "agentMessage" && typeof event.item.text === "string")
      fresh.unshift(event.item.text.slice(0, MAX_CHARS));
    if (event.type === "turn.completed" && event.status !== "completed") fresh.unshift(`Turn ${event.status}`);
  }
  return fresh.length > 0 ? fresh.join("\n") : undefined;
}
