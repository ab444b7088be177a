import type { RouteDef } from "@optio/contract";
import {
  API_PREFIX,
  agentSchema,
  BODY_LIMIT_BYTES,
  blockSchema,
  decisionSchema,
  envelopeSchema,
  feedFrameSchema,
  filterSchema,
  frameSchema,
  logLineSchema,
  problemSchema,
  processSummarySchema,
  ROUTES,
  sessionSchema,
  tokenSchema,
} from "@optio/contract";
import { z } from "zod";

type Json = Record<string, unknown>;

/** Shapes with a name of their own in the document. */
const COMPONENTS: readonly (readonly [name: string, schema: z.ZodType])[] = [
  ["Agent", agentSchema],
  ["Block", blockSchema],
  ["Decision", decisionSchema],
  ["Envelope", envelopeSchema],
  ["FeedFrame", feedFrameSchema],
  ["Filter", filterSchema],
  ["LiveFrame", frameSchema],
  ["LogLine", logLineSchema],
  ["Problem", problemSchema],
  ["ProcessSummary", processSummarySchema],
  ["Session", sessionSchema],
  ["Token", tokenSchema],
];
const PROBLEM_STATUSES: readonly (readonly [status: number, description: string])[] = [
  [400, "The body cannot be read, or the query has a key that is not known."],
  [401, "No valid token or login cookie."],
  [403, "The role or the origin may not."],
  [404, "No such thing."],
  [409, "The state does not allow it; the code says why."],
  [413, "The body is over its limit."],
  [421, "The host is not one of the server's names."],
  [422, "A value is not accepted; the detail names it."],
];

/** The HTTP interface as an OpenAPI 3.1 document, made from the route table. */
export function buildOpenApi(version: string): Json {
  const routes: readonly RouteDef[] = ROUTES;
  const paths = new Map<string, Json>();
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, "{$1}");
    paths.set(path, { ...paths.get(path), [route.method.toLowerCase()]: operation(route) });
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Optio",
      version,
      description:
        "Errors are problem documents (RFC 9457). `x-role` is the least role: viewer, operator, admin; open needs no token.",
    },
    servers: [{ url: API_PREFIX }],
    security: [{ bearer: [] }, { cookie: [] }],
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer" },
        cookie: {
          type: "apiKey",
          in: "cookie",
          name: "optio_login",
          description: "Set by POST /login; the name ends in a mark of the installation.",
        },
      },
      schemas: Object.fromEntries(COMPONENTS.map(([name, schema]) => [name, toJsonSchema(schema, "output")])),
    },
  };
}

function operation(route: RouteDef): Json {
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [route.path.split("/")[1]],
    "x-role": route.role,
    "x-landed": route.landed,
    ...(route.role === "open" ? { security: [] } : {}),
    parameters: parametersOf(route),
    ...(route.body === undefined ? {} : { requestBody: requestBody(route, route.body) }),
    responses: responsesOf(route),
  };
}

function operationId({ method, path }: RouteDef): string {
  const words = path.split("/").map((part) => part.replace(/[^A-Za-z0-9]/g, ""));
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}

function parametersOf(route: RouteDef): Json[] {
  const header = (name: string, description: string) => ({
    name,
    in: "header",
    schema: { type: "string" },
    description,
  });
  return [
    ...fieldsOf(route.params).map((field) => ({ ...field, in: "path", required: true })),
    ...fieldsOf(route.query).map((field) => ({ ...field, in: "query" })),
    ...(route.method === "POST" && route.role !== "open" && route.landed
      ? [header("Idempotency-Key", "The same key with the same request is carried out once.")]
      : []),
    ...(route.stream === "sse" ? [header("Last-Event-ID", "Continues behind this id; wins over `after`.")] : []),
  ];
}

function fieldsOf(schema: z.ZodType | undefined): Json[] {
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    required: !z.safeParse(field, undefined).success,
    schema: toJsonSchema(field, "input"),
  }));
}

function requestBody(route: RouteDef, body: z.ZodType): Json {
  return {
    required: !body.safeParse({}).success,
    description: `At most ${route.bodyLimitBytes ?? BODY_LIMIT_BYTES} bytes.`,
    content: { "application/json": { schema: toJsonSchema(body, "input") } },
  };
}

function responsesOf(route: RouteDef): Json {
  const problem = (description: string) => ({
    description,
    content: { "application/problem+json": { schema: ref("Problem") } },
  });
  const problems = PROBLEM_STATUSES.filter(([status]) => route.role !== "open" || status !== 404);
  if (!route.landed) return { 501: problem("Not available in this version."), default: problem("Refused.") };
  return {
    [route.status]: {
      description: route.summary,
      ...(route.response === undefined && route.stream !== "text" ? {} : { content: contentOf(route, route.response) }),
    },
    ...Object.fromEntries(problems.map(([status, description]) => [status, problem(description)])),
    default: problem("Any other error."),
  };
}

/** What the data lines of each stream hold. */
const STREAM_DATA: Readonly<Record<string, Json>> = {
  "/feed": ref("FeedFrame"),
  "/sessions/:id/events": { oneOf: [ref("Envelope"), ref("LiveFrame")] },
  "/processes/:id/log": ref("LogLine"),
};
/** Streams that have no page beside them. */
const STREAMS_ONLY = ["/feed"];

function contentOf(route: RouteDef, response: z.ZodType | undefined): Json {
  if (route.stream === "text") return { "text/plain": { schema: { type: "string" } } };
  if (response === undefined) return {};
  const json = { "application/json": { schema: nameOf(response) ?? toJsonSchema(response, "output") } };
  if (route.stream !== "sse") return json;
  const stream = {
    "text/event-stream": {
      schema: {
        type: "string",
        description: "Server-sent events; `x-data` is the JSON of their data lines.",
        "x-data": STREAM_DATA[route.path],
      },
    },
  };
  return STREAMS_ONLY.includes(route.path) ? stream : { ...stream, ...json };
}

/** The reference to a schema that has a name of its own. */
function nameOf(schema: unknown): Json | undefined {
  const named = COMPONENTS.find(([, component]) => component === schema);
  return named && ref(named[0]);
}

function ref(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

function toJsonSchema(schema: z.ZodType | z.core.$ZodType, io: "input" | "output"): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema, path }) => {
      const reference = nameOf(zodSchema);
      if (!reference || path.length === 0) return;
      for (const key of Object.keys(jsonSchema)) delete jsonSchema[key];
      Object.assign(jsonSchema, reference);
    },
  });
  return nameFilters(json, schema === filterSchema);
}

/** A filter holds filters, the one shape that refers to itself: under its name in the document, not in definitions of its own. */
function nameFilters({ $defs, ...json }: Json, isItself: boolean): Json {
  const named = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(named);
    if (typeof value !== "object" || value === null) return value;
    if ("$ref" in value && /^#(\/\$defs\/|$)/.test(String(value.$ref))) return ref("Filter");
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, named(inner)]));
  };
  const [definition] = typeof $defs === "object" && $defs !== null ? Object.values($defs) : [];
  const shape: object = isItself && "$ref" in json ? definition : json;
  return Object.fromEntries(Object.entries(shape).map(([key, value]) => [key, named(value)]));
}
