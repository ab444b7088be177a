import { z } from "zod";
import { AGENT_CONTRACTS } from "./agents/index.ts";
import { DECISION_ANSWERS, decisionSchema } from "./decisions.ts";
import { envelopeSchema, feedFrameSchema, frameSchema } from "./events.ts";
import { instantSchema, opaqueIdSchema, processIdSchema } from "./ids.ts";
import { logLineSchema, processStateSchema, processSummarySchema } from "./process.ts";
import { LOGIN_KINDS, MESSAGE_MODES, MESSAGE_STATES, sessionSchema } from "./session.ts";

/** Roles, least first; each may what the ones before it may. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];
export const roleSchema = z.enum(ROLES);

const kib = 1024;
const mib = 1024 * kib;
/** Largest body of a route that carries a prompt, in bytes. */
export const PROMPT_BODY_LIMIT_BYTES = 32 * mib;
/** Largest body of any other route, in bytes. */
export const BODY_LIMIT_BYTES = 256 * kib;

/** RFC 9457 problem document: the body of every error answer. */
export const problemSchema = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.string(),
  next: z.string().describe("what to do"),
});
export type Problem = z.infer<typeof problemSchema>;

export const tokenSchema = z.object({
  id: opaqueIdSchema,
  name: z.string(),
  role: roleSchema,
  createdAt: instantSchema,
  lastUsedAt: instantSchema.nullable(),
});
export type TokenRecord = z.infer<typeof tokenSchema>;

export const agentSchema = z.object({
  id: z.string(),
  label: z.string(),
  url: z.string(),
  version: z.string().nullable(),
  available: z.boolean(),
  problem: z.string().nullable(),
  loginKinds: z.array(z.enum(LOGIN_KINDS)),
});

/** A page of a list. */
export const pageOf = <S extends z.ZodType>(items: S) =>
  z.object({ items: z.array(items), next: z.string().nullable() });

const idParams = z.object({ id: processIdSchema });
const pageQuery = z.object({
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
const whoSchema = z.object({ name: z.string(), role: roleSchema });
const empty = z.object({});

/** One route of the HTTP interface. */
export interface RouteDef {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Below the prefix `/api`; parameters as `:name`. */
  readonly path: string;
  /** Least role; `open` needs no token. */
  readonly role: Role | "open";
  readonly summary: string;
  readonly status: number;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly response?: z.ZodType;
  /** The answer is a stream or no JSON. */
  readonly stream?: "sse" | "text" | "websocket";
  readonly bodyLimitBytes?: number;
  /** False: the part has not landed; answers 501 `not-available` after token and role. */
  readonly landed: boolean;
}

const later = { landed: false, status: 200 } as const;
const now = { landed: true } as const;

/** Every route of design §7 in its order. */
export const ROUTES = [
  {
    method: "GET",
    path: "/health",
    role: "open",
    summary: "Readiness of the server.",
    status: 200,
    response: z.object({ status: z.literal("ok"), version: z.string(), store: z.string(), uptimeMs: z.number() }),
    ...now,
  },
  { method: "GET", path: "/metrics", role: "viewer", summary: "Prometheus metrics.", stream: "text", ...later },
  {
    method: "GET",
    path: "/openapi.json",
    role: "open",
    summary: "This interface as OpenAPI 3.1.",
    status: 200,
    response: z.looseObject({}),
    ...now,
  },
  {
    method: "GET",
    path: "/agents",
    role: "viewer",
    summary: "Agent kinds with labels and login kinds.",
    status: 200,
    response: z.object({ items: z.array(agentSchema), next: z.null() }),
    ...now,
  },
  {
    method: "POST",
    path: "/login",
    role: "open",
    summary: "Exchange a token or a one-time code for the login cookie.",
    status: 200,
    body: z.union([
      z.strictObject({ token: z.string().min(1).max(512) }),
      z.strictObject({ code: z.string().min(1).max(512) }),
    ]),
    response: whoSchema,
    ...now,
  },
  { method: "POST", path: "/logout", role: "viewer", summary: "Drop the login cookie.", status: 204, ...now },
  {
    method: "GET",
    path: "/me",
    role: "viewer",
    summary: "Name and role of the caller.",
    status: 200,
    response: whoSchema,
    ...now,
  },

  {
    method: "GET",
    path: "/processes",
    role: "viewer",
    summary: "Processes, newest first.",
    status: 200,
    query: pageQuery.extend({
      state: processStateSchema.optional(),
      q: z.string().max(200).optional(),
      parent: processIdSchema.optional(),
    }),
    response: pageOf(processSummarySchema),
    ...now,
  },
  {
    method: "GET",
    path: "/processes/:id",
    role: "viewer",
    summary: "One process.",
    status: 200,
    params: idParams,
    response: processSummarySchema,
    ...now,
  },
  {
    method: "GET",
    path: "/processes/:id/tree",
    role: "viewer",
    summary: "A process and its descendants.",
    params: idParams,
    ...later,
  },
  {
    method: "GET",
    path: "/processes/:id/log",
    role: "viewer",
    summary: "Log lines, oldest first.",
    status: 200,
    params: idParams,
    query: pageQuery,
    response: pageOf(logLineSchema),
    ...now,
  },
  {
    method: "POST",
    path: "/processes/:id/launch",
    role: "operator",
    summary: "Launch, fresh or resumed.",
    status: 200,
    params: idParams,
    body: z.strictObject({ resume: z.boolean().default(false) }),
    response: processSummarySchema,
    ...now,
  },
  {
    method: "POST",
    path: "/processes/:id/cancel",
    role: "operator",
    summary: "Cancel the run; waits up to waitMs for its end.",
    status: 200,
    params: idParams,
    body: z.strictObject({ waitMs: z.number().int().min(0).max(60_000).default(0) }),
    response: processSummarySchema,
    ...now,
  },
  {
    method: "POST",
    path: "/processes/:id/dismiss",
    role: "operator",
    summary: "Drop the results of an ended run and its directories.",
    status: 200,
    params: idParams,
    body: empty.strict(),
    response: processSummarySchema,
    ...now,
  },
  { method: "POST", path: "/groups/cancel", role: "operator", summary: "Cancel a group.", ...later },
  { method: "GET", path: "/blocks", role: "viewer", summary: "Launch blocks.", ...later },
  { method: "POST", path: "/blocks", role: "admin", summary: "Add a launch block.", ...later },
  { method: "DELETE", path: "/blocks", role: "admin", summary: "Lift launch blocks.", ...later },
  { method: "POST", path: "/resync", role: "admin", summary: "Read the definitions again.", ...later },
  {
    method: "GET",
    path: "/feed",
    role: "viewer",
    summary: "Summaries of all processes when they change, and decision counts.",
    status: 200,
    query: z.object({ after: z.coerce.number().int().min(0).optional() }),
    stream: "sse",
    response: feedFrameSchema,
    ...now,
  },

  {
    method: "POST",
    path: "/sessions",
    role: "operator",
    summary: "Create a session and launch it.",
    status: 201,
    body: z.discriminatedUnion("agent", [AGENT_CONTRACTS[0].bodySchema]),
    response: sessionSchema,
    bodyLimitBytes: PROMPT_BODY_LIMIT_BYTES,
    ...now,
  },
  {
    method: "GET",
    path: "/sessions/:id",
    role: "viewer",
    summary: "One session.",
    status: 200,
    params: idParams,
    response: sessionSchema,
    ...now,
  },
  {
    method: "GET",
    path: "/sessions/:id/events",
    role: "viewer",
    summary: "Durable events and live frames (SSE), or a page of durable events (JSON).",
    status: 200,
    params: idParams,
    query: z.object({
      after: z.coerce.number().int().min(0).optional(),
      before: z.coerce.number().int().min(1).optional(),
      limit: z.coerce.number().int().min(1).max(5000).default(500),
    }),
    response: z.object({ items: z.array(envelopeSchema), next: z.number().int().nullable() }),
    stream: "sse",
    ...now,
  },
  {
    method: "POST",
    path: "/sessions/:id/turns",
    role: "operator",
    summary: "Send a message: start a turn, queue or steer.",
    status: 202,
    params: idParams,
    body: z.looseObject({ text: z.string().min(1), mode: z.enum(MESSAGE_MODES).default("auto") }),
    response: z.object({ messageId: opaqueIdSchema, state: z.enum(MESSAGE_STATES), turnId: z.string().optional() }),
    bodyLimitBytes: PROMPT_BODY_LIMIT_BYTES,
    ...now,
  },
  {
    method: "PUT",
    path: "/sessions/:id/queue/:messageId",
    role: "operator",
    summary: "Edit a queued message.",
    status: 200,
    params: idParams.extend({ messageId: opaqueIdSchema }),
    body: z.strictObject({ text: z.string().min(1) }),
    response: z.object({ messageId: opaqueIdSchema, state: z.enum(MESSAGE_STATES) }),
    bodyLimitBytes: PROMPT_BODY_LIMIT_BYTES,
    ...now,
  },
  {
    method: "DELETE",
    path: "/sessions/:id/queue/:messageId",
    role: "operator",
    summary: "Drop a queued message.",
    status: 204,
    params: idParams.extend({ messageId: opaqueIdSchema }),
    ...now,
  },
  {
    method: "POST",
    path: "/sessions/:id/interrupt",
    role: "operator",
    summary: "Interrupt the running turn.",
    status: 202,
    params: idParams,
    body: empty.strict(),
    response: z.object({ turnId: z.string() }),
    ...now,
  },
  {
    method: "POST",
    path: "/sessions/:id/controls",
    role: "operator",
    summary: "Set a control.",
    params: idParams,
    ...later,
  },
  {
    method: "POST",
    path: "/sessions/:id/close",
    role: "operator",
    summary: "End the session when its turn is over or at once.",
    status: 202,
    params: idParams,
    body: empty.strict(),
    response: sessionSchema,
    ...now,
  },
  {
    method: "POST",
    path: "/sessions/:id/login",
    role: "operator",
    summary: "Log the session's agent in.",
    status: 202,
    params: idParams,
    body: z.discriminatedUnion("type", [
      z.strictObject({ type: z.literal("apiKey"), apiKey: z.string().min(1).max(4096) }),
      z.strictObject({ type: z.literal("deviceCode") }),
      z.strictObject({ type: z.literal("browser") }),
    ]),
    response: z.object({
      loginId: z.string(),
      verificationUrl: z.string().optional(),
      userCode: z.string().optional(),
    }),
    ...now,
  },
  {
    method: "DELETE",
    path: "/sessions/:id/login/:loginId",
    role: "operator",
    summary: "Give up a login.",
    params: idParams.extend({ loginId: opaqueIdSchema }),
    ...later,
  },
  {
    method: "GET",
    path: "/decisions",
    role: "viewer",
    summary: "Decisions, oldest first.",
    status: 200,
    query: pageQuery.extend({ state: z.enum(["pending", "resolved", "withdrawn"]).optional() }),
    response: pageOf(decisionSchema),
    ...now,
  },
  {
    method: "GET",
    path: "/decisions/:id",
    role: "viewer",
    summary: "One decision.",
    status: 200,
    params: z.object({ id: opaqueIdSchema }),
    response: decisionSchema,
    ...now,
  },
  {
    method: "POST",
    path: "/decisions/:id",
    role: "operator",
    summary: "Answer a decision; the first answer wins.",
    status: 200,
    params: z.object({ id: opaqueIdSchema }),
    body: z.strictObject({
      decision: z.enum(DECISION_ANSWERS),
      message: z.string().max(10_000).optional(),
      answers: z.record(z.string(), z.array(z.string())).optional(),
    }),
    response: decisionSchema,
    ...now,
  },

  {
    method: "GET",
    path: "/sessions/:id/diff",
    role: "viewer",
    summary: "Changes between checkpoints.",
    params: idParams,
    ...later,
  },
  {
    method: "GET",
    path: "/sessions/:id/files",
    role: "viewer",
    summary: "Read a file of the workspace.",
    params: idParams,
    ...later,
  },
  {
    method: "POST",
    path: "/sessions/:id/files",
    role: "operator",
    summary: "Upload files.",
    params: idParams,
    ...later,
  },
  {
    method: "GET",
    path: "/sessions/:id/checkpoints",
    role: "viewer",
    summary: "Checkpoints.",
    params: idParams,
    ...later,
  },
  {
    method: "POST",
    path: "/sessions/:id/checkpoints",
    role: "operator",
    summary: "Take a checkpoint.",
    params: idParams,
    ...later,
  },
  {
    method: "POST",
    path: "/sessions/:id/snapshots",
    role: "operator",
    summary: "Take a snapshot.",
    params: idParams,
    ...later,
  },
  {
    method: "POST",
    path: "/sessions/:id/rewind",
    role: "operator",
    summary: "Go back to a checkpoint.",
    params: idParams,
    ...later,
  },
  {
    method: "POST",
    path: "/sessions/:id/fork",
    role: "operator",
    summary: "Branch off a new session.",
    params: idParams,
    ...later,
  },
  {
    method: "GET",
    path: "/sessions/:id/terminal",
    role: "viewer",
    summary: "The agent's terminal.",
    params: idParams,
    stream: "websocket",
    ...later,
  },
  { method: "GET", path: "/identities", role: "admin", summary: "Stored logins.", ...later },
  { method: "POST", path: "/identities", role: "admin", summary: "Add a login.", ...later },
  { method: "POST", path: "/identities/login", role: "admin", summary: "Start a login flow.", ...later },
  {
    method: "POST",
    path: "/identities/:id/verify",
    role: "admin",
    summary: "Check a login.",
    params: idParams,
    ...later,
  },
  { method: "DELETE", path: "/identities/:id", role: "admin", summary: "Remove a login.", params: idParams, ...later },
  { method: "GET", path: "/hosts", role: "viewer", summary: "Machines.", ...later },
  { method: "POST", path: "/hosts", role: "admin", summary: "Add a machine.", ...later },
  { method: "DELETE", path: "/hosts/:id", role: "admin", summary: "Remove a machine.", params: idParams, ...later },
  { method: "POST", path: "/hosts/:id/check", role: "admin", summary: "Check a machine.", params: idParams, ...later },
  {
    method: "GET",
    path: "/tokens",
    role: "admin",
    summary: "Tokens, without their secrets.",
    status: 200,
    query: pageQuery,
    response: pageOf(tokenSchema),
    ...now,
  },
  {
    method: "POST",
    path: "/tokens",
    role: "admin",
    summary: "Create a token; its secret is shown once.",
    status: 201,
    body: z.strictObject({ name: z.string().min(1).max(100), role: roleSchema }),
    response: tokenSchema.extend({ token: z.string() }),
    ...now,
  },
  {
    method: "DELETE",
    path: "/tokens/:id",
    role: "admin",
    summary: "Revoke a token.",
    status: 204,
    params: z.object({ id: opaqueIdSchema }),
    ...now,
  },
] as const satisfies readonly RouteDef[];

/** The prefix of every route. */
export const API_PREFIX = "/api";
/** Frames that ride on the event stream besides durable events. */
export const STREAM_FRAMES = frameSchema;
