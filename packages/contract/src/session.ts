import { z } from "zod";
import { decisionSchema } from "./decisions.ts";
import { instantSchema, jsonObjectSchema, opaqueIdSchema, processIdSchema } from "./ids.ts";
import { errorRecordSchema, processStateSchema, sessionPhaseSchema } from "./process.ts";
import { limitsSchema, usageSchema } from "./thread.ts";

export const MESSAGE_MODES = ["auto", "queue", "steer"] as const;
export type MessageMode = (typeof MESSAGE_MODES)[number];
export const MESSAGE_STATES = ["queued", "sending", "sent"] as const;
export type MessageState = (typeof MESSAGE_STATES)[number];

/** A message that has not reached the agent for certain. */
export const queuedMessageSchema = z.object({
  messageId: opaqueIdSchema,
  text: z.string(),
  mode: z.enum(MESSAGE_MODES),
  state: z.enum(["queued", "sending"]),
  origin: z.enum(["person", "harness"]),
  createdAt: instantSchema,
});
export type QueuedMessage = z.infer<typeof queuedMessageSchema>;

/** Login kinds of `POST /sessions/:id/login`. */
export const LOGIN_KINDS = ["apiKey", "deviceCode", "browser"] as const;
export type LoginKind = (typeof LOGIN_KINDS)[number];

/** A control of the session (model, effort); empty until its part lands. */
export const controlSchema = z.looseObject({ id: z.string(), value: z.unknown() });

export const viewSchema = z.object({
  tools: z.boolean(),
  reasoning: z.boolean(),
  controls: z.boolean(),
  upload: z.boolean(),
  download: z.boolean(),
  terminal: z.boolean(),
});
export type View = z.infer<typeof viewSchema>;

/** Body of `GET /sessions/:id`. */
export const sessionSchema = z.object({
  id: processIdSchema,
  run: z.number().int(),
  state: processStateSchema,
  name: z.string(),
  description: z.string().nullable(),
  metadata: jsonObjectSchema,
  agent: z.string(),
  live: z.boolean().describe("this server holds the connection to the agent"),
  phase: sessionPhaseSchema,
  headSeq: z.number().int(),
  thread: z.object({ id: z.string() }).nullable(),
  login: z.object({ required: z.boolean(), kinds: z.array(z.enum(LOGIN_KINDS)) }),
  usage: usageSchema.nullable(),
  limits: limitsSchema.nullable(),
  queue: z.array(queuedMessageSchema),
  controls: z.array(controlSchema),
  decisions: z.array(decisionSchema).describe("pending ones"),
  view: viewSchema,
  workspace: z.string().nullable().describe("path on the session's machine"),
  model: z.string().nullable(),
  scripted: z.boolean(),
  posture: z
    .object({ sandbox: z.string(), approvals: z.string(), networkAccess: z.boolean(), containment: z.string() })
    .nullable(),
  error: errorRecordSchema.nullable(),
  createdAt: instantSchema,
  endedAt: instantSchema.optional(),
  outcome: z.enum(["done", "failed", "cancelled"]).optional(),
});
export type SessionView = z.infer<typeof sessionSchema>;
