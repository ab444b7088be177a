import {
  decisionSchema,
  eventSchema,
  itemSchema,
  limitsSchema,
  processStateSchema,
  processSummarySchema,
  queuedMessageSchema,
  sessionSchema,
  usageSchema,
} from "@optio/contract";
import { z } from "zod";
import { code } from "./markdown.ts";

/** Shapes that several pages share, written out once under their name. */
const NAMED_SHAPES: Readonly<Record<string, z.ZodType>> = {
  item: itemSchema,
  decision: decisionSchema,
  message: queuedMessageSchema,
  usage: usageSchema,
  limits: limitsSchema,
  process: processSummarySchema,
  state: processStateSchema,
  session: sessionSchema,
  event: eventSchema,
};

/** A JSON Schema as far as the pages print it. */
interface Shape {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
}

/** A schema in the notation of TypeScript types: a named shape is its name. */
export function shapeText(schema: z.ZodType, io: "input" | "output"): string {
  const name = Object.entries(NAMED_SHAPES).find(([, named]) => named === schema)?.[0];
  return name ?? expandedText(schema, io);
}

/** Like {@link shapeText}, with the schema itself written out. */
export function expandedText(schema: z.ZodType, io: "input" | "output"): string {
  const names = z.registry<{ id: string }>();
  for (const [id, named] of Object.entries(NAMED_SHAPES)) if (named !== schema) names.add(named, { id });
  const shape: Shape = z.toJSONSchema(schema, { io, metadata: names, unrepresentable: "any" }) as Shape;
  return textOf(shape);
}

/** Table rows of named shapes: the name and what it stands for. */
export function shapeRows(names: readonly string[]): string[][] {
  return Object.entries(NAMED_SHAPES)
    .filter(([name]) => names.includes(name))
    .map(([name, schema]) => [code(name), code(expandedText(schema, "output"))]);
}

/** The fields of an object schema with the field `type` or `frame` left out, each as `name: type`. */
export function fieldsText(schema: z.ZodType): string {
  const text = expandedText(schema, "output").replace(/^\{ (type|frame): "[^"]*"(, )?/, "{ ");
  return text === "{  }" ? "–" : text.slice(2, -2).trim();
}

function textOf(shape: Shape): string {
  if (shape.$ref !== undefined) return shape.$ref.replace("#/$defs/", "");
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  if (shape.enum !== undefined) return shape.enum.map((value) => JSON.stringify(value)).join(" | ");
  const choices = shape.anyOf ?? shape.oneOf;
  if (choices !== undefined) return choices.map(textOf).join(" | ");
  if (shape.type === "array") return listText(textOf(shape.items ?? {}));
  if (shape.type === "object") return objectText(shape);
  return [shape.type ?? "any"].flat().join(" | ");
}

function listText(item: string): string {
  return item.includes(" | ") && !item.startsWith("{") ? `(${item})[]` : `${item}[]`;
}

function objectText({ properties = {}, required = [], additionalProperties }: Shape): string {
  const fields = Object.entries(properties).map(
    ([name, field]) => `${name}${required.includes(name) ? "" : "?"}: ${textOf(field)}`,
  );
  const isOpen = additionalProperties !== false && additionalProperties !== undefined;
  if (fields.length === 0) return isOpen ? "object" : "{ }";
  return `{ ${[...fields, ...(isOpen ? ["…"] : [])].join(", ")} }`;
}
