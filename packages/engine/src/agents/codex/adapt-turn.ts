import type { TurnError } from "@optio/contract";
import { z } from "zod";
import type { AgentTurn } from "../../agent/agent-kind.ts";
import { adaptItem, threadItemSchema } from "./adapt-item.ts";
import type { Turn } from "./protocol/v2/Turn";
import type { TurnError as CodexTurnError } from "./protocol/v2/TurnError";
import { reads } from "./read.ts";

export const turnErrorSchema = reads<CodexTurnError>()(
  z.looseObject({
    message: z.string(),
    codexErrorInfo: z.unknown().optional(),
    additionalDetails: z.string().nullish(),
  }),
);

/** What is read of every turn. */
export const turnSchema = reads<Turn>()(
  z.looseObject({
    id: z.string(),
    status: z.enum(["completed", "interrupted", "failed", "inProgress"]),
    error: turnErrorSchema.nullish(),
    items: z.array(threadItemSchema),
  }),
);

/** A listed turn as ours; an item left open by a turn that is over is interrupted. */
export function adaptTurn(turn: z.infer<typeof turnSchema>): AgentTurn {
  const items = turn.items.map((item) => {
    const adapted = adaptItem(item, { phase: "completed" });
    const isLeftOpen = adapted.status === "inProgress" && turn.status !== "inProgress";
    return isLeftOpen ? { ...adapted, status: "interrupted" as const } : adapted;
  });
  return {
    turnId: turn.id,
    status: turn.status,
    items,
    ...(turn.error ? { error: adaptTurnError(turn.error) } : {}),
  };
}

/** Codex's error of a turn: its words, and the name of its kind as `code`. */
export function adaptTurnError(error: z.infer<typeof turnErrorSchema>): TurnError {
  const info = error.codexErrorInfo;
  const code = typeof info === "string" ? info : nameOf(info);
  return {
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(error.additionalDetails ? { details: error.additionalDetails } : {}),
    ...(typeof info === "object" && info !== null ? { info } : {}),
  };
}

function nameOf(info: unknown): string | undefined {
  return typeof info === "object" && info !== null ? Object.keys(info)[0] : undefined;
}
