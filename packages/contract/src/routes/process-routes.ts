import { z } from "zod";
import { feedFrameSchema } from "../events.ts";
import { filterSchema } from "../filter.ts";
import { instantSchema, opaqueIdSchema, processIdSchema } from "../ids.ts";
import { LOG_LEVELS, logLineSchema, processStateSchema, processSummarySchema } from "../process.ts";
import type { RouteDef } from "./route-def.ts";
import { emptyBody, idParams, now, pageOf, pageQuery } from "./route-def.ts";

/** A filter in a query: its JSON. */
const filterText = z.string().max(8_000).describe("a filter as JSON");

/** A launch block. */
export const blockSchema = z.object({
  id: opaqueIdSchema,
  filter: filterSchema,
  reason: z.string().nullable(),
  persistent: z.boolean().describe("survives a restart of the server"),
  createdAt: instantSchema,
});
export type Block = z.infer<typeof blockSchema>;

/** Processes, groups, definitions and the feed. */
export const PROCESS_ROUTES = [
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
      filter: filterText.optional(),
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
    summary: "A process and its descendants, parents before children, siblings in their order.",
    status: 200,
    params: idParams,
    query: pageQuery,
    response: pageOf(processSummarySchema),
    ...now,
  },
  {
    method: "GET",
    path: "/processes/:id/log",
    role: "viewer",
    summary:
      "Log lines, oldest first; `before` pages backwards. With Accept: text/event-stream the lines after `after` and then new ones.",
    status: 200,
    params: idParams,
    query: pageQuery.extend({
      after: z.coerce.number().int().min(0).optional(),
      before: z.coerce.number().int().min(1).optional(),
      level: z.enum(LOG_LEVELS).optional().describe("this level and the graver ones"),
      run: z.coerce.number().int().min(1).optional(),
      q: z.string().max(200).optional().describe("only lines with this text"),
    }),
    response: pageOf(logLineSchema),
    stream: "sse",
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
    body: emptyBody,
    response: processSummarySchema,
    ...now,
  },
  {
    method: "POST",
    path: "/groups/cancel",
    role: "operator",
    summary: "Cancel every active process that a filter matches; blocking and purging are for admins.",
    status: 200,
    body: z.strictObject({
      filter: filterSchema,
      waitMs: z.number().int().min(0).max(60_000).default(0).describe("wait so long for all of them to end"),
      block: z.boolean().default(false).describe("refuse launches that match meanwhile"),
      persist: z.boolean().default(false).describe("keep the block afterwards"),
      reason: z.string().max(500).optional(),
      purge: z.boolean().default(false).describe("remove the records that match, once ended"),
    }),
    response: z.object({
      cancelled: z.number().int(),
      ended: z.boolean().describe("all of them have ended"),
      purged: z.number().int(),
      blockId: opaqueIdSchema.nullable(),
    }),
    ...now,
  },
  {
    method: "GET",
    path: "/blocks",
    role: "viewer",
    summary: "Launch blocks, oldest first.",
    status: 200,
    response: z.object({ items: z.array(blockSchema), next: z.null() }),
    ...now,
  },
  {
    method: "POST",
    path: "/blocks",
    role: "admin",
    summary: "Add a launch block; for a filter that is blocked already the reasons are joined.",
    status: 201,
    body: z.strictObject({
      filter: filterSchema,
      reason: z.string().max(500).optional(),
      persistent: z.boolean().default(true),
    }),
    response: blockSchema,
    ...now,
  },
  {
    method: "DELETE",
    path: "/blocks",
    role: "admin",
    summary: "Lift launch blocks by their filter or by an id.",
    status: 200,
    query: z
      .object({ filter: filterText.optional(), id: opaqueIdSchema.optional() })
      .refine(({ filter, id }) => (filter === undefined) !== (id === undefined), {
        error: "expected one of the keys 'filter' and 'id'",
      }),
    response: z.object({ removed: z.number().int() }),
    ...now,
  },
  {
    method: "POST",
    path: "/resync",
    role: "admin",
    summary: "Read the definitions again; `clean` removes the records first.",
    status: 202,
    body: z.strictObject({ clean: z.boolean().default(false), filter: filterSchema.optional() }),
    response: z.object({
      defined: z.number().int().describe("definitions there now"),
      added: z.array(processIdSchema),
      removed: z.array(processIdSchema),
    }),
    ...now,
  },
  {
    method: "GET",
    path: "/feed",
    role: "viewer",
    summary: "Summaries of all processes when they change, and decision counts.",
    status: 200,
    query: z.object({
      after: z.coerce.number().int().min(0).optional(),
      filter: filterText.optional().describe("only these processes; one that stops matching is told as removed"),
    }),
    stream: "sse",
    response: feedFrameSchema,
    ...now,
  },
] as const satisfies readonly RouteDef[];
