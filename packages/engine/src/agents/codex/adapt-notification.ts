import { z } from "zod";
import type { AgentFact } from "../../agent/agent-kind.ts";
import { adaptItem, threadItemSchema } from "./adapt-item.ts";
import { adaptTurnError, turnErrorSchema, turnSchema } from "./adapt-turn.ts";
import { countDiff } from "./count-diff.ts";
import { agentKeyOf } from "./decisions.ts";
import type { ServerNotification } from "./protocol/ServerNotification";

type Method = ServerNotification["method"];
type ParamsOf<M extends Method> = Extract<ServerNotification, { method: M }>["params"];
type Adapter = (params: unknown) => AgentFact[];

/**
 * The facts in a notification; empty for one that says nothing a session needs. Never throws: what cannot be read becomes
 * a warning, so that it is seen.
 */
export function adaptNotification(method: string, params: unknown): AgentFact[] {
  const adapter = ADAPTERS.get(method);
  return adapter ? adapter(params) : [];
}

/** A warning for what could not be read. */
export function unreadable(what: string, problem: string): AgentFact {
  return { type: "warning", code: "agent-protocol", message: `codex sent an unreadable ${what}: ${problem}` };
}

function adapter<M extends Method, S extends z.ZodType>(
  method: M,
  schema: ParamsOf<M> extends z.input<S> ? S : never,
  adapt: (params: z.output<S>) => AgentFact | undefined,
): [string, Adapter] {
  return [
    method,
    (params) => {
      const read = schema.safeParse(params);
      if (!read.success) return [unreadable(method, read.error.issues[0]?.message ?? "unknown form")];
      const fact = adapt(read.data);
      return fact ? [fact] : [];
    },
  ];
}

const inTurn = { threadId: z.string(), turnId: z.string() };
const deltaSchema = z.object({ ...inTurn, itemId: z.string(), delta: z.string() });
const tokensSchema = z.looseObject({
  totalTokens: z.number(),
  inputTokens: z.number(),
  cachedInputTokens: z.number(),
  outputTokens: z.number(),
  reasoningOutputTokens: z.number(),
});
const noticeSchema = z.object({ summary: z.string(), details: z.string().nullish() });

const delta = (
  channel: "text" | "reasoning" | "output",
  { delta: append, ...place }: z.infer<typeof deltaSchema>,
): AgentFact => ({ type: "item.delta", ...place, channel, append });

const warning = (code: string, message: string, threadId?: string | null): AgentFact => ({
  type: "warning",
  code,
  message,
  ...(threadId ? { threadId } : {}),
});

const TURN_ADAPTERS: [string, Adapter][] = [
  adapter("turn/started", z.object({ threadId: z.string(), turn: turnSchema }), ({ threadId, turn }) => ({
    type: "turn.started",
    threadId,
    turnId: turn.id,
  })),
  adapter("turn/completed", z.object({ threadId: z.string(), turn: turnSchema }), ({ threadId, turn }) => ({
    type: "turn.completed",
    threadId,
    turnId: turn.id,
    // a completion that claims to be in progress would leave the session busy for ever
    status: turn.status === "inProgress" ? "completed" : turn.status,
    ...(turn.error ? { error: adaptTurnError(turn.error) } : {}),
  })),
  adapter(
    "turn/plan/updated",
    z.object({ ...inTurn, plan: z.array(z.looseObject({ step: z.string(), status: z.string() })) }),
    (params) => ({ type: "plan.updated", ...params }),
  ),
  adapter("turn/diff/updated", z.object({ ...inTurn, diff: z.string() }), ({ diff, ...turn }) => ({
    type: "diff.updated",
    ...turn,
    stat: countDiff(diff),
  })),
  adapter(
    "thread/tokenUsage/updated",
    z.object({
      threadId: z.string(),
      tokenUsage: z.looseObject({
        total: tokensSchema,
        last: tokensSchema.optional(),
        modelContextWindow: z.number().nullish(),
      }),
    }),
    ({ threadId, tokenUsage }) => ({ type: "usage.updated", threadId, usage: tokenUsage }),
  ),
];

const ITEM_ADAPTERS: [string, Adapter][] = [
  adapter(
    "item/started",
    z.object({ ...inTurn, item: threadItemSchema, startedAtMs: z.number().nullish() }),
    ({ item, startedAtMs, ...turn }) => ({
      type: "item.started",
      ...turn,
      item: adaptItem(item, { phase: "started", startedAtMs }),
    }),
  ),
  adapter(
    "item/completed",
    z.object({ ...inTurn, item: threadItemSchema, completedAtMs: z.number().nullish() }),
    ({ item, completedAtMs, ...turn }) => ({
      type: "item.completed",
      ...turn,
      item: adaptItem(item, { phase: "completed", completedAtMs }),
    }),
  ),
  adapter("item/agentMessage/delta", deltaSchema, (params) => delta("text", params)),
  adapter("item/plan/delta", deltaSchema, (params) => delta("text", params)),
  adapter("item/commandExecution/outputDelta", deltaSchema, (params) => delta("output", params)),
  adapter("item/reasoning/summaryTextDelta", deltaSchema, (params) => delta("reasoning", params)),
  adapter(
    "item/reasoning/summaryPartAdded",
    z.object({ ...inTurn, itemId: z.string(), summaryIndex: z.number() }),
    ({ summaryIndex, ...place }) => (summaryIndex > 0 ? delta("reasoning", { ...place, delta: "\n\n" }) : undefined),
  ),
];

const NOTICE_ADAPTERS: [string, Adapter][] = [
  adapter("serverRequest/resolved", z.object({ requestId: z.union([z.string(), z.number()]) }), ({ requestId }) => ({
    type: "decision.settled",
    agentKey: agentKeyOf(requestId),
  })),
  adapter("account/rateLimits/updated", z.object({ rateLimits: z.looseObject({}) }), ({ rateLimits }) => {
    // a provider without limits still sends one after every answer, with a name and nothing else
    const { limitId: _limitId, ...limits } = rateLimits;
    const says = Object.values(limits).some((value) => value != null);
    return says ? { type: "limits.updated", limits: rateLimits } : undefined;
  }),
  adapter(
    "error",
    z.object({ ...inTurn, error: turnErrorSchema, willRetry: z.boolean() }),
    // one that is not retried comes again as the error of its turn
    ({ error, willRetry, threadId }) =>
      willRetry
        ? warning("model-retry", wordsOf({ summary: error.message, details: error.additionalDetails }), threadId)
        : undefined,
  ),
  adapter("warning", z.object({ threadId: z.string().nullish(), message: z.string() }), ({ message, threadId }) =>
    warning("agent-warning", message, threadId),
  ),
  adapter("guardianWarning", z.object({ threadId: z.string(), message: z.string() }), ({ message, threadId }) =>
    warning("guardian-warning", message, threadId),
  ),
  adapter("configWarning", noticeSchema, (notice) =>
    // the sandbox has been shown to work, whoever's bubblewrap it is
    notice.summary.includes("bundled bubblewrap") ? undefined : warning("agent-config", wordsOf(notice)),
  ),
  adapter("deprecationNotice", noticeSchema, (notice) => warning("agent-deprecation", wordsOf(notice))),
  adapter(
    "model/rerouted",
    z.object({ threadId: z.string(), fromModel: z.string(), toModel: z.string(), reason: z.string() }),
    ({ threadId, fromModel, toModel, reason }) =>
      warning("model-rerouted", `${toModel} answers instead of ${fromModel} (${reason})`, threadId),
  ),
  adapter(
    "mcpServer/startupStatus/updated",
    z.object({ threadId: z.string().nullish(), name: z.string(), status: z.string(), error: z.string().nullish() }),
    ({ threadId, name, status, error }) =>
      status === "failed"
        ? warning("mcp-server-failed", `MCP server '${name}' did not start: ${error ?? "no reason given"}`, threadId)
        : undefined,
  ),
];

const ADAPTERS: ReadonlyMap<string, Adapter> = new Map([...TURN_ADAPTERS, ...ITEM_ADAPTERS, ...NOTICE_ADAPTERS]);

function wordsOf({ summary, details }: z.infer<typeof noticeSchema>): string {
  return details ? `${summary}: ${details}` : summary;
}
