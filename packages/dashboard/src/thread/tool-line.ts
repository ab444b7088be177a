import type { Item } from "@optio/contract";
import { commandItemSchema } from "@optio/contract";
import { shortCommand } from "../ui/short-command.ts";

/** A tool call as one folded line and the parts of its details. */
export interface ToolLine {
  /** What was done: `Ran`, `Searched`. */
  readonly verb: string;
  readonly subject: string;
  readonly cwd: string | undefined;
  readonly exitCode: number | undefined;
  readonly output: string;
  /** Fields shown as they are because this page has no words for them. */
  readonly payload: unknown;
}

/** The words for a tool call of any kind. */
export function toolLine(item: Item): ToolLine {
  const command = commandItemSchema.safeParse(item);
  if (command.success) {
    const { cwd, exitCode, aggregatedOutput } = command.data;
    return {
      verb: "Ran",
      subject: shortCommand(command.data.command),
      cwd,
      exitCode: exitCode ?? undefined,
      output: aggregatedOutput ?? "",
      payload: undefined,
    };
  }
  return { ...wordsOf(item), cwd: undefined, exitCode: undefined, output: "", payload: item };
}

function wordsOf(item: Item): { verb: string; subject: string } {
  if (item.kind === "webSearch") return { verb: "Searched", subject: text(item.query) ?? "the web" };
  if (item.kind === "imageView") return { verb: "Looked at", subject: text(item.path) ?? "an image" };
  const tool = text(item.tool) ?? text(item.name) ?? item.kind;
  const server = text(item.server);
  return { verb: "Called", subject: server === undefined ? tool : `${server}/${tool}` };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
