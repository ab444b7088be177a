import type { RouteDef } from "@optio/contract";
import { API_PREFIX, BODY_LIMIT_BYTES, ROLES, ROUTES } from "@optio/contract";
import type { Generator } from "./generator.ts";
import { code, table, writePage } from "./markdown.ts";
import { shapeRows, shapeText } from "./shape.ts";

const OUTPUT = "docs/reference/http.md";
const MIB = 1024 * 1024;
const KIB = 1024;

/** The reference page of the HTTP interface. */
export const httpPage: Generator = {
  name: "http",
  outputs: [OUTPUT],
  generate: async (outDir) => {
    const routes: readonly RouteDef[] = ROUTES;
    writePage(outDir, OUTPUT, "packages/contract/src/routes.ts", "HTTP interface", [
      ...introduction(),
      "## Routes",
      ...routes.filter((route) => route.landed).map(section),
      "## Shapes",
      "Other names are on the page of [events](events.md#shapes).",
      table(["Name", "Shape"], shapeRows(["session"])),
      "## Not available yet",
      "Part of the contract, refused with `not-available` (501) after token and role until their part has landed.",
      table(
        ["Route", "Role", "Meaning"],
        routes
          .filter((route) => !route.landed)
          .map((route) => [code(`${route.method} ${route.path}`), route.role, route.summary]),
      ),
    ]);
  },
};

function introduction(): string[] {
  return [
    `All paths are below \`${API_PREFIX}\`. Bodies are JSON; errors are problem documents, see [errors](errors.md); streams carry what [events](events.md) lists. \`GET ${API_PREFIX}/openapi.json\` has all of this as OpenAPI 3.1.`,
    `**Who may.** \`Authorization: Bearer <token>\` or the login cookie. Roles, least first: ${ROLES.join(", ")}; each may what the ones before it may. Routes marked open need no token.`,
    "**Order of refusal.** Host (421), Origin when present (403), token (401), role (403), body (400, 413, 422), existence (404).",
    "**Lists** answer `{ items, next }`; pass `next` as `cursor` to go on, `limit` for the size of a page. **POST** routes that change something accept `Idempotency-Key`: the same key with the same request is carried out once.",
    `**Body limit** ${BODY_LIMIT_BYTES / KIB} KiB unless said otherwise.`,
  ];
}

function section(route: RouteDef): string {
  const facts = [
    `${route.summary} Role: ${route.role}. Answers ${route.status}${streamText(route.stream)}.`,
    ...shapeLines(route),
    ...(route.bodyLimitBytes === undefined ? [] : [`- body limit: ${route.bodyLimitBytes / MIB} MiB`]),
  ];
  return [`### ${route.method} ${route.path}`, "", facts[0], ...(facts.length > 1 ? ["", ...facts.slice(1)] : [])].join(
    "\n",
  );
}

function shapeLines(route: RouteDef): string[] {
  return [
    ...(route.query === undefined ? [] : [`- query: ${code(shapeText(route.query, "input"))}`]),
    ...(route.body === undefined ? [] : [`- body: ${code(shapeText(route.body, "input"))}`]),
    ...(route.response === undefined ? [] : [`- answer: ${code(shapeText(route.response, "output"))}`]),
  ];
}

function streamText(stream: RouteDef["stream"]): string {
  if (stream === "sse") return " with a stream of server-sent events, or JSON with `Accept: application/json`";
  return stream === undefined ? "" : ` (${stream})`;
}
