import type { Item } from "@optio/contract";
import { commandItemSchema } from "@optio/contract";
import { shortCommand } from "../ui/short-command.ts";

/** A tool call as one folded line and the parts of its details. */
export interface ToolLine {
  /** What is or was done: `Running`, `Ran`. */
  readonly verb: string;
  readonly subject: string;
  readonly cwd: string | undefined;
  readonly exitCode: number | undefined;
  readonly output: string;
  /** Fields shown as they are because this page has no words for them. */
  readonly payload: unknown;
}

/** How far a tool call has come; `waiting`: for a decision. */
export type ToolStatus = Item["status"] | "waiting";

/** The words for a tool call of any kind. */
export function toolLine(item: Item, status: ToolStatus = item.status): ToolLine {
  const command = commandItemSchema.safeParse(item);
  if (command.success) {
    const { cwd, exitCode, aggregatedOutput } = command.data;
    return {
      verb: verbOf(RUN, status),
      subject: shortCommand(command.data.command),
      cwd,
      exitCode: exitCode ?? undefined,
      output: aggregatedOutput ?? "",
      payload: undefined,
    };
  }
  return { ...wordsOf(item, status), cwd: undefined, exitCode: undefined, output: "", payload: item };
}

interface Verbs {
  readonly doing: string;
  readonly done: string;
  readonly asking: string;
  readonly declined: string;
}

const RUN: Verbs = { doing: "Running", done: "Ran", asking: "Asks to run", declined: "Did not run" };
const SEARCH: Verbs = { doing: "Searching", done: "Searched", asking: "Asks to search", declined: "Did not search" };
const LOOK: Verbs = { doing: "Looking at", done: "Looked at", asking: "Asks to look at", declined: "Did not look at" };
const CALL: Verbs = { doing: "Calling", done: "Called", asking: "Asks to call", declined: "Did not call" };

function verbOf(verbs: Verbs, status: ToolStatus): string {
  if (status === "inProgress") return verbs.doing;
  if (status === "waiting") return verbs.asking;
  return status === "declined" ? verbs.declined : verbs.done;
}

function wordsOf(item: Item, status: ToolStatus): { verb: string; subject: string } {
  if (item.kind === "webSearch") return { verb: verbOf(SEARCH, status), subject: text(item.query) ?? "the web" };
  if (item.kind === "imageView") return { verb: verbOf(LOOK, status), subject: text(item.path) ?? "an image" };
  const tool = text(item.tool) ?? text(item.name) ?? item.kind;
  const server = text(item.server);
  return { verb: verbOf(CALL, status), subject: server === undefined ? tool : `${server}/${tool}` };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
