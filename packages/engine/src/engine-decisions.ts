import { OptioError } from "@optio/contract";
import { refuseSecondAnswer } from "./agent/decisions/decision-desk.ts";
import type { EngineDecisions } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import { findLive, requireLive } from "./engine-parts.ts";
import type { StoredDecision } from "./store/store.ts";

/** The verbs on decisions. */
export function createEngineDecisions(parts: EngineParts): EngineDecisions {
  const { store } = parts.services;
  const read = async (id: string): Promise<StoredDecision> => {
    const stored = await store.decisions.find(id);
    if (!stored) throw new OptioError("not-found", `no decision '${id}'`);
    return stored;
  };
  return {
    list: (query) => store.decisions.list(query),
    get: async (id) => (await read(id)).decision,
    async answer(id, resolution, by, idempotencyKey) {
      const stored = await read(id);
      const { processId, state } = stored.decision;
      if (state !== "pending" && !findLive(parts, processId)) {
        refuseSecondAnswer(stored, idempotencyKey);
        return stored.decision;
      }
      const live = await requireLive(parts, processId);
      return live.answer(id, resolution, by.name, idempotencyKey);
    },
  };
}
