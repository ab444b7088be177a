import { z } from "zod";
import { instantSchema, opaqueIdSchema, processIdSchema } from "./ids.ts";

export const DECISION_KINDS = ["command", "fileChange", "permissions", "question", "elicitation", "caller"] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];

/** What a person may answer; each decision lists the ones that apply in `options`. */
export const DECISION_ANSWERS = [
  "accept",
  "accept_for_session",
  "accept_prefix",
  "accept_network",
  "decline",
  "cancel",
] as const;
export type DecisionAnswer = (typeof DECISION_ANSWERS)[number];

export const DECISION_STATES = ["pending", "resolved", "withdrawn"] as const;

/** What is asked: the fields that every kind may have, and the agent's own beside them. */
export const decisionRequestSchema = z.looseObject({
  threadId: z.string().optional(),
  turnId: z.string().optional(),
  itemId: z.string().optional(),
  command: z.string().optional(),
  cwd: z.string().optional(),
  reason: z.string().nullish(),
  prefix: z.array(z.string()).optional().describe("words that accept_prefix would allow from now on"),
  grantRoot: z.string().nullish(),
  changes: z.array(z.looseObject({ path: z.string(), diff: z.string() })).optional(),
});

export const decisionResolutionSchema = z.object({
  decision: z.enum(DECISION_ANSWERS),
  message: z.string().optional(),
  answers: z.record(z.string(), z.array(z.string())).optional(),
});
export type DecisionResolution = z.infer<typeof decisionResolutionSchema>;

export const decisionSchema = z.object({
  id: opaqueIdSchema,
  processId: processIdSchema,
  run: z.number().int(),
  kind: z.enum(DECISION_KINDS),
  state: z.enum(DECISION_STATES),
  request: decisionRequestSchema,
  options: z.array(z.enum(DECISION_ANSWERS)),
  requestedAt: instantSchema,
  resolvedAt: instantSchema.optional(),
  resolution: decisionResolutionSchema.optional(),
  resolvedBy: z.string().optional().describe("token name, `hook`, or why it was withdrawn"),
});
export type Decision = z.infer<typeof decisionSchema>;
