import type { Decision, Envelope, Item } from "@optio/contract";
import { agentMessageItemSchema, commandItemSchema, userMessageItemSchema } from "@optio/contract";

/** Items in the order of their completion. */
export function completedItems(envelopes: readonly Envelope[]): Item[] {
  return envelopes.flatMap(({ event }) => (event.type === "item.completed" ? [event.item] : []));
}

/** Texts of the completed agentMessage items that are whole. */
export function answersIn(envelopes: readonly Envelope[]): string[] {
  return completedItems(envelopes)
    .filter((item) => item.kind === "agentMessage" && item.status === "completed")
    .map((item) => agentMessageItemSchema.parse(item).text);
}

/** Texts of the userMessage items. */
export function messagesIn(envelopes: readonly Envelope[]): string[] {
  return completedItems(envelopes)
    .filter((item) => item.kind === "userMessage")
    .map((item) => {
      const { content } = userMessageItemSchema.parse(item);
      return content.map((part) => part.text ?? "").join("");
    });
}

/** The completed commands. */
export function commandsIn(envelopes: readonly Envelope[]) {
  return completedItems(envelopes)
    .filter((item) => item.kind === "commandExecution")
    .map((item) => commandItemSchema.parse(item));
}

/** Every decision's states in their order, by id. */
export function decisionsIn(envelopes: readonly Envelope[]): Map<string, Decision[]> {
  const found = new Map<string, Decision[]>();
  for (const { event } of envelopes) {
    if (event.type !== "decision.requested" && event.type !== "decision.resolved") continue;
    found.set(event.decision.id, [...(found.get(event.decision.id) ?? []), event.decision]);
  }
  return found;
}
