import { z } from "zod";
import { decisionSchema } from "./decisions.ts";
import { instantSchema } from "./ids.ts";
import { LOG_LEVELS, processStateSchema, processSummarySchema } from "./process.ts";
import { controlSchema, LOGIN_KINDS, queuedMessageSchema } from "./session.ts";
import {
  diffStatSchema,
  itemSchema,
  limitsSchema,
  planStepSchema,
  TURN_STATUSES,
  turnErrorSchema,
  usageSchema,
} from "./thread.ts";

const turn = { threadId: z.string(), turnId: z.string() };
const opaque = z.looseObject({});

/** Every durable event, in the order of the reference page: its type, its fields, and when it is written. */
export const EVENT_VARIANTS = [
  z
    .object({
      type: z.literal("process.state_changed"),
      from: processStateSchema,
      to: processStateSchema,
      reason: z.string().optional(),
    })
    .describe("The process moved to another state."),
  z
    .object({ type: z.literal("process.progressed"), percent: z.number().nullable(), message: z.string().optional() })
    .describe("Progress was reported; percent null is indeterminate."),
  z
    .object({
      type: z.literal("process.logged"),
      level: z.enum(LOG_LEVELS),
      message: z.string(),
      data: z.unknown().optional(),
    })
    .describe("A log line."),
  z
    .object({ type: z.literal("session.live"), thread: z.object({ id: z.string() }) })
    .describe("The agent holds a thread and takes messages."),
  z.object({ type: z.literal("session.adopted") }).describe("A server took over the running agent after a restart."),
  z
    .object({
      type: z.literal("session.resumed"),
      from: z.string(),
      lost: z.string().optional(),
      restarts: z.number().int(),
    })
    .describe(
      "The agent was started again on the stored thread; `from` is `workspace` or a snapshot, `lost` says what is gone.",
    ),
  z.object({ type: z.literal("session.hibernated") }).describe("The idle agent was stopped to save memory."),
  z.object({ type: z.literal("session.woken") }).describe("The hibernated agent was started again."),
  z
    .object({ type: z.literal("session.ended"), outcome: z.enum(["done", "failed", "cancelled"]) })
    .describe("The session is over."),
  z
    .object({ type: z.literal("session.rewound"), checkpoint: opaque })
    .describe("Files and thread went back to a checkpoint."),
  z
    .object({ type: z.literal("login.required"), kinds: z.array(z.enum(LOGIN_KINDS)) })
    .describe("The agent has no login; messages wait."),
  z
    .object({ type: z.literal("login.completed"), kind: z.string(), account: z.string().optional() })
    .describe("The agent is logged in."),
  z.object({ type: z.literal("turn.started"), ...turn }).describe("A turn began."),
  z
    .object({
      type: z.literal("turn.completed"),
      ...turn,
      status: z.enum(TURN_STATUSES),
      usage: usageSchema.optional(),
      error: turnErrorSchema.optional(),
    })
    .describe("A turn ended."),
  z
    .object({ type: z.literal("item.started"), ...turn, item: itemSchema })
    .describe("An item began; exactly once per item."),
  z
    .object({ type: z.literal("item.completed"), ...turn, item: itemSchema })
    .describe("An item is final; exactly once per item, with its whole text."),
  z
    .object({ type: z.literal("plan.updated"), ...turn, plan: z.array(planStepSchema) })
    .describe("The agent's plan changed."),
  z
    .object({ type: z.literal("diff.updated"), ...turn, stat: diffStatSchema })
    .describe("The turn's changes to files grew."),
  z.object({ type: z.literal("usage.updated"), usage: usageSchema }).describe("Token counts of the thread."),
  z.object({ type: z.literal("limits.updated"), limits: limitsSchema }).describe("Rate limits of the account."),
  z
    .object({ type: z.literal("queue.changed"), queue: z.array(queuedMessageSchema) })
    .describe("The queue of unsent messages, whole."),
  z.object({ type: z.literal("control.changed"), controls: z.array(controlSchema) }).describe("The controls, whole."),
  z
    .object({ type: z.literal("decision.requested"), decision: decisionSchema })
    .describe("Something waits for a person."),
  z
    .object({ type: z.literal("decision.resolved"), decision: decisionSchema })
    .describe("It was answered or withdrawn."),
  z
    .object({ type: z.literal("deliverable.announced"), deliverable: opaque })
    .describe("The agent announced a deliverable."),
  z.object({ type: z.literal("deliverable.answered"), deliverable: opaque }).describe("Its receiver answered."),
  z
    .object({ type: z.literal("attention.requested"), requestId: z.string().optional(), reason: z.string() })
    .describe("The agent wants a person to look."),
  z
    .object({ type: z.literal("browser.requested"), requestId: z.string().optional(), url: z.string() })
    .describe("The agent wants a page opened."),
  z
    .object({
      type: z.literal("message.client"),
      requestId: z.string().optional(),
      keyword: z.string(),
      data: z.unknown(),
    })
    .describe("A message of the agent to the client."),
  z
    .object({ type: z.literal("message.caller"), keyword: z.string(), data: z.unknown() })
    .describe("A message of the agent to its caller."),
  z
    .object({ type: z.literal("checkpoint.created"), checkpoint: opaque })
    .describe("A checkpoint of the files was taken."),
  z.object({ type: z.literal("snapshot.created"), snapshot: opaque }).describe("A snapshot was stored."),
  z
    .object({ type: z.literal("warning"), code: z.string(), message: z.string() })
    .describe("Something a person should know; the session goes on."),
] as const;

export const eventSchema = z.discriminatedUnion("type", EVENT_VARIANTS);
/** A durable event. */
export type OptioEvent = z.infer<typeof eventSchema>;
export type EventType = OptioEvent["type"];
/** The event of one type. */
export type EventOf<T extends EventType> = Extract<OptioEvent, { type: T }>;

/** A stored event: `seq` counts 1, 2, 3 … per process without gaps. */
export const envelopeSchema = z.object({
  seq: z.number().int().min(1),
  at: instantSchema,
  run: z.number().int(),
  event: eventSchema,
});
export type Envelope = z.infer<typeof envelopeSchema>;

export const DELTA_CHANNELS = ["text", "reasoning", "output"] as const;
export type DeltaChannel = (typeof DELTA_CHANNELS)[number];

/** A live frame: never stored, no seq. */
export const frameSchema = z.discriminatedUnion("frame", [
  z
    .object({
      frame: z.literal("item.delta"),
      threadId: z.string(),
      itemId: z.string(),
      channel: z.enum(DELTA_CHANNELS),
      append: z.string(),
    })
    .describe("More text of an open item: the first at once, later ones at most one per item and channel each 30 ms."),
  z
    .object({
      frame: z.literal("item.snapshot"),
      threadId: z.string(),
      itemId: z.string(),
      kind: z.string(),
      text: z.string(),
      output: z.string(),
      joinedLate: z.boolean().optional().describe("the beginning of the text was missed; it comes whole at completion"),
    })
    .describe(
      "The text so far of an open item, at attach, after a slow viewer was dropped to a catch-up, or when the item is joined late; it replaces what the viewer had.",
    ),
]);
export type LiveFrame = z.infer<typeof frameSchema>;

/** Frames of `GET /feed` (SSE event `feed`, `id:` = change counter). */
export const feedFrameSchema = z.discriminatedUnion("type", [
  z
    .object({ type: z.literal("process"), process: processSummarySchema })
    .describe("A process changed; the whole summary."),
  z.object({ type: z.literal("process.removed"), id: z.string() }).describe("A process is gone."),
  z
    .object({ type: z.literal("decisions"), pending: z.number().int() })
    .describe("How many decisions wait over all processes."),
]);
export type FeedFrame = z.infer<typeof feedFrameSchema>;
