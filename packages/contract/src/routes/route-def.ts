import { z } from "zod";
import { instantSchema, opaqueIdSchema, processIdSchema } from "../ids.ts";
import { LOGIN_KINDS } from "../session.ts";

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

/** Parameters of a route about one process or session. */
export const idParams = z.object({ id: processIdSchema });
/** Query of a paged list. */
export const pageQuery = z.object({
  cursor: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
/** Name and role of a caller. */
export const whoSchema = z.object({ name: z.string(), role: roleSchema });
/** A body without keys. */
export const emptyBody = z.object({}).strict();

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

/** A route whose part has not landed. */
export const later = { landed: false, status: 200 } as const;
/** A route that works. */
export const now = { landed: true } as const;
