import { z } from "zod";
import { instantSchema } from "./ids.ts";

export const ITEM_STATUSES = ["inProgress", "completed", "failed", "declined", "interrupted"] as const;
export type ItemStatus = (typeof ITEM_STATUSES)[number];

/** Item kinds with fields that clients rely on; agents may send more kinds, and `unknown` keeps what no adapter reads. */
export const ITEM_KINDS = [
  "userMessage",
  "agentMessage",
  "reasoning",
  "plan",
  "commandExecution",
  "fileChange",
  "mcpToolCall",
  "dynamicToolCall",
  "webSearch",
  "imageView",
  "contextCompaction",
  "unknown",
] as const;

/** An item: common fields here, the agent's own fields (camelCase, without `type`) beside them. */
export const itemSchema = z.looseObject({
  id: z.string(),
  kind: z.string().describe("one of ITEM_KINDS, or another kind of the agent"),
  status: z.enum(ITEM_STATUSES),
  startedAt: instantSchema.optional(),
  completedAt: instantSchema.optional(),
  joinedLate: z.boolean().optional().describe("its start was missed; the text is whole at completion"),
});
export type Item = z.infer<typeof itemSchema>;

export const userMessageItemSchema = itemSchema.extend({
  kind: z.literal("userMessage"),
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
  messageId: z.string().nullish(),
  origin: z.enum(["person", "harness"]).optional(),
});
export const agentMessageItemSchema = itemSchema.extend({
  kind: z.literal("agentMessage"),
  text: z.string(),
  phase: z.string().nullish(),
});
export const reasoningItemSchema = itemSchema.extend({ kind: z.literal("reasoning"), summary: z.array(z.string()) });
export const planItemSchema = itemSchema.extend({ kind: z.literal("plan"), text: z.string().optional() });
export const commandItemSchema = itemSchema.extend({
  kind: z.literal("commandExecution"),
  command: z.string(),
  cwd: z.string().optional(),
  exitCode: z.number().nullish(),
  aggregatedOutput: z.string().nullish(),
  durationMs: z.number().nullish(),
});
export const fileChangeSchema = z.looseObject({
  path: z.string(),
  kind: z.looseObject({ type: z.string() }),
  diff: z.string(),
});
export const fileChangeItemSchema = itemSchema.extend({
  kind: z.literal("fileChange"),
  changes: z.array(fileChangeSchema),
});

export type UserMessageItem = z.infer<typeof userMessageItemSchema>;
export type AgentMessageItem = z.infer<typeof agentMessageItemSchema>;
export type CommandItem = z.infer<typeof commandItemSchema>;
export type FileChangeItem = z.infer<typeof fileChangeItemSchema>;

export const TURN_STATUSES = ["completed", "interrupted", "failed"] as const;
export type TurnStatus = (typeof TURN_STATUSES)[number];

const tokenCountsSchema = z.looseObject({
  totalTokens: z.number(),
  inputTokens: z.number(),
  cachedInputTokens: z.number(),
  outputTokens: z.number(),
  reasoningOutputTokens: z.number(),
});

/** Tokens of the thread so far and of its last model call. */
export const usageSchema = z.looseObject({
  total: tokenCountsSchema,
  last: tokenCountsSchema.optional(),
  modelContextWindow: z.number().nullish(),
});
export type Usage = z.infer<typeof usageSchema>;

/** Rate limits of the account as the agent reports them. */
export const limitsSchema = z.record(z.string(), z.unknown());
export type Limits = z.infer<typeof limitsSchema>;

export const planStepSchema = z.looseObject({ step: z.string(), status: z.string() });
export const diffStatSchema = z.object({ files: z.number().int(), added: z.number().int(), removed: z.number().int() });
export type DiffStat = z.infer<typeof diffStatSchema>;

export const turnErrorSchema = z.looseObject({ message: z.string(), code: z.string().optional() });
export type TurnError = z.infer<typeof turnErrorSchema>;
