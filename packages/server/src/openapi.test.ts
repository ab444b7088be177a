import type { RouteDef } from "@optio/contract";
import { ROUTES } from "@optio/contract";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { buildOpenApi } from "./openapi.ts";

const schemaObject = z.looseObject({});
const operationSchema = z.object({
  operationId: z.string().regex(/^[a-z][A-Za-z]+$/),
  summary: z.string().min(1),
  tags: z.array(z.string()),
  "x-role": z.enum(["open", "viewer", "operator", "admin"]),
  "x-landed": z.boolean(),
  security: z.array(schemaObject).optional(),
  parameters: z.array(
    z.looseObject({ name: z.string(), in: z.enum(["path", "query", "header"]), schema: schemaObject }),
  ),
  requestBody: z
    .object({
      required: z.boolean(),
      description: z.string(),
      content: z.record(z.string(), z.object({ schema: schemaObject })),
    })
    .optional(),
  responses: z.record(
    z.string().regex(/^(\d{3}|default)$/),
    z.object({ description: z.string(), content: z.record(z.string(), z.object({ schema: schemaObject })).optional() }),
  ),
});
const documentSchema = z.object({
  openapi: z.literal("3.1.0"),
  info: z.looseObject({ title: z.string(), version: z.literal("1.2.3") }),
  servers: z.array(z.object({ url: z.literal("/api") })),
  security: z.array(schemaObject),
  paths: z.record(z.string(), z.partialRecord(z.enum(["get", "post", "put", "delete"]), operationSchema)),
  components: z.object({ securitySchemes: schemaObject, schemas: z.record(z.string(), schemaObject) }),
});

const document = documentSchema.parse(JSON.parse(JSON.stringify(buildOpenApi("1.2.3"))));
const routes: readonly RouteDef[] = ROUTES;

function operationOf(method: "get" | "post" | "put" | "delete", path: string) {
  const operation = document.paths[path]?.[method];
  if (!operation) throw new Error(`no ${method} ${path}`);
  return operation;
}

describe("the OpenAPI document", () => {
  test("has each route of the table and no other, with its role and status", () => {
    const listed = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(([method, operation]) => [
        `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ":$1")}`,
        operation?.["x-role"],
        Object.keys(operation?.responses ?? {}).includes("501"),
      ]),
    );
    const expected = routes.map((route) => [`${route.method} ${route.path}`, route.role, !route.landed]);
    expect(listed.sort()).toEqual(expected.sort());
    for (const route of routes.filter((each) => each.landed)) {
      const method = route.method.toLowerCase() as "get";
      expect(operationOf(method, route.path.replace(/:(\w+)/g, "{$1}")).responses).toHaveProperty(String(route.status));
    }
  });

  test("names every parameter of a path, and each operation differently", () => {
    const ids: string[] = [];
    for (const [path, operations] of Object.entries(document.paths)) {
      const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      for (const operation of Object.values(operations)) {
        const declared = operation?.parameters.filter((parameter) => parameter.in === "path") ?? [];
        expect(declared.map((parameter) => parameter.name)).toEqual(names);
        expect(declared.every((parameter) => parameter.required === true)).toBe(true);
        ids.push(operation?.operationId ?? "");
      }
    }
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("has no reference to what it does not define, and defines nothing for nobody", () => {
    const text = JSON.stringify(document);
    const refs = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]));
    const defined = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...refs].filter((ref) => !defined.includes(ref ?? ""))).toEqual([]);
    expect(defined.filter((name) => !refs.has(name))).toEqual([]);
    expect(text).not.toContain("$defs");
  });

  test("tells which bodies may be left out, and how large they may be", () => {
    expect(operationOf("post", "/processes/{id}/cancel").requestBody).toMatchObject({ required: false });
    const turns = operationOf("post", "/sessions/{id}/turns").requestBody;
    expect(turns).toMatchObject({ required: true, description: `At most ${32 * 1024 * 1024} bytes.` });
  });

  test("describes streams and the JSON page beside them", () => {
    const events = operationOf("get", "/sessions/{id}/events").responses["200"]?.content ?? {};
    expect(Object.keys(events).sort()).toEqual(["application/json", "text/event-stream"]);
    expect(Object.keys(operationOf("get", "/feed").responses["200"]?.content ?? {})).toEqual(["text/event-stream"]);
    const log = operationOf("get", "/processes/{id}/log").responses["200"]?.content ?? {};
    expect(log["text/event-stream"]?.schema).toMatchObject({ "x-data": { $ref: "#/components/schemas/LogLine" } });
    expect(log).toHaveProperty("application/json");
    expect(Object.keys(operationOf("get", "/metrics").responses["200"]?.content ?? {})).toEqual(["text/plain"]);
  });

  test("gives the filter language a name, wherever a filter stands", () => {
    const { Filter } = document.components.schemas;
    expect(Filter).toMatchObject({ type: "object" });
    expect(JSON.stringify(Filter)).toContain('"$ref":"#/components/schemas/Filter"');
    const body = operationOf("post", "/groups/cancel").requestBody?.content["application/json"]?.schema;
    expect(body).toMatchObject({ properties: { filter: { $ref: "#/components/schemas/Filter" } } });
  });

  test("opens what needs no token and locks the rest", () => {
    const open = routes.filter((route) => route.role === "open").map((route) => route.path);
    const unlocked = Object.entries(document.paths)
      .filter(([, operations]) => Object.values(operations).some((operation) => operation?.security?.length === 0))
      .map(([path]) => path);
    expect(unlocked.sort()).toEqual(open.sort());
  });
});
