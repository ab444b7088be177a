import type { Item } from "@optio/contract";
import { ITEM_STATUSES } from "@optio/contract";
import { z } from "zod";
import { toInstant } from "../../kernel/clock.ts";
import type { ThreadItem } from "./protocol/v2/ThreadItem";
import { reads } from "./read.ts";

/** Every kind of the pinned binary; compiling proves that none is missing. */
const KNOWN_KINDS: Readonly<Record<ThreadItem["type"], true>> = {
  userMessage: true,
  hookPrompt: true,
  agentMessage: true,
  functionCallOutput: true,
  plan: true,
  reasoning: true,
  commandExecution: true,
  fileChange: true,
  mcpToolCall: true,
  dynamicToolCall: true,
  collabAgentToolCall: true,
  subAgentActivity: true,
  webSearch: true,
  imageView: true,
  sleep: true,
  imageGeneration: true,
  enteredReviewMode: true,
  exitedReviewMode: true,
  contextCompaction: true,
};

/** What is read of every item; the rest is carried. */
export const threadItemSchema = reads<ThreadItem>()(
  z.looseObject({
    id: z.string(),
    type: z.string(),
    startedAtMs: z.number().nullish(),
    completedAtMs: z.number().nullish(),
  }),
);
export type ReadItem = z.infer<typeof threadItemSchema>;

/** Where in its life an item was seen, and when. */
export interface ItemMoment {
  readonly phase: "started" | "completed";
  readonly startedAtMs?: number | null | undefined;
  readonly completedAtMs?: number | null | undefined;
}

const statusSchema = z.enum(ITEM_STATUSES);

/** Codex's item as ours: its own fields kept, but `type` is `kind` and `clientId` is `messageId`. An unknown kind keeps its payload as `raw`. */
export function adaptItem(item: ReadItem, moment: ItemMoment): Item {
  const { id, type, startedAtMs, completedAtMs, ...fields } = item;
  const startedAt = moment.startedAtMs ?? startedAtMs;
  const completedAt = moment.completedAtMs ?? completedAtMs;
  const status = readStatus(fields.status, moment.phase);
  return {
    ...(Object.hasOwn(KNOWN_KINDS, type) ? knownFields(type, fields) : { raw: item }),
    id,
    kind: Object.hasOwn(KNOWN_KINDS, type) ? type : "unknown",
    status,
    ...(startedAt == null ? {} : { startedAt: toInstant(startedAt) }),
    ...(completedAt == null || status === "inProgress" ? {} : { completedAt: toInstant(completedAt) }),
  };
}

function knownFields(type: string, fields: Record<string, unknown>): Record<string, unknown> {
  if (type === "userMessage") {
    const { clientId, ...others } = fields;
    return { ...others, messageId: clientId ?? null };
  }
  if (type === "subAgentActivity") {
    const { kind, ...others } = fields;
    return { ...others, activity: kind };
  }
  return fields;
}

/** Kinds without a status of their own are open from start to completion. */
function readStatus(status: unknown, phase: ItemMoment["phase"]): Item["status"] {
  const known = statusSchema.safeParse(status);
  if (known.success) return known.data;
  return phase === "started" ? "inProgress" : "completed";
}
