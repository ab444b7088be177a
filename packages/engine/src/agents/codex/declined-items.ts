import type { DecisionKind, DecisionResolution, Item } from "@optio/contract";
import { z } from "zod";
import type { AgentFact } from "../../agent/agent-kind.ts";
import { toInstant } from "../../kernel/clock.ts";

const requestSchema = z.looseObject({
  threadId: z.string(),
  turnId: z.string(),
  itemId: z.string(),
  startedAtMs: z.number().optional(),
});
/** Members of a request that the item has too. */
const SHARED_FIELDS = ["command", "cwd", "commandActions", "changes"];

/**
 * Completes items that codex forgets: a refused command whose request was sent again after a reconnect, and a cancelled file
 * change, get no `item/completed` and are in no list of items.
 */
export class DeclinedItems {
  readonly #waiting = new Map<string, Extract<AgentFact, { type: "item.completed" }>>();

  /** Takes note of an answer that was sent. */
  note(kind: DecisionKind, request: Readonly<Record<string, unknown>>, { decision }: DecisionResolution): void {
    if (decision !== "decline" && decision !== "cancel") return;
    const read = requestSchema.safeParse(request);
    if (!read.success) return;
    const { threadId, turnId, itemId, startedAtMs } = read.data;
    const fields = Object.fromEntries(SHARED_FIELDS.flatMap((key) => (key in request ? [[key, request[key]]] : [])));
    const item: Item = {
      ...fields,
      id: itemId,
      kind: kind === "command" ? "commandExecution" : "fileChange",
      status: "declined",
      ...(startedAtMs === undefined ? {} : { startedAt: toInstant(startedAtMs) }),
    };
    this.#waiting.set(`${threadId}/${itemId}`, { type: "item.completed", threadId, turnId, item });
  }

  /** The completions that have to come before this fact. */
  missingBefore(fact: AgentFact): AgentFact[] {
    if (fact.type === "item.completed") this.#waiting.delete(`${fact.threadId}/${fact.item.id}`);
    if (fact.type !== "turn.completed") return [];
    const missing = [...this.#waiting].filter(([, waiting]) => waiting.turnId === fact.turnId);
    for (const [key] of missing) this.#waiting.delete(key);
    return missing.map(([, waiting]) => waiting);
  }
}
