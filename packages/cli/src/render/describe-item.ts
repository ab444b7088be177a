import type { Item } from "@optio/contract";
import { commandItemSchema, fileChangeItemSchema } from "@optio/contract";
import { z } from "zod";
import { formatDuration } from "./format.ts";
import type { Style } from "./style.ts";
import { firstLine, printable } from "./style.ts";

const OUTPUT_TAIL_LINES = 5;
const MAX_PATH_CHARS = 50;

/** The lines of a completed item, folded: a command is one line with exit and duration, a changed file one line with its counts. */
export function describeItem(item: Item, style: Style): string[] {
  const describe = DESCRIBE[item.kind];
  return describe ? describe(item, style) : [describeOther(item, style)];
}

/** A shell command as a person would type it: without the shell that the agent wraps around it. */
export function unwrapShell(command: string): string {
  const wrapped = /^(?:\S*\/)?(?:ba|z|da)?sh -l?c ([\s\S]+)$/.exec(command)?.[1];
  if (wrapped === undefined) return command;
  const quoted = /^'([\s\S]*)'$/.exec(wrapped) ?? /^"([\s\S]*)"$/.exec(wrapped);
  return (quoted?.[1] ?? wrapped).replaceAll(`'"'"'`, "'").replaceAll(`'\\''`, "'");
}

const DESCRIBE: Readonly<Record<string, (item: Item, style: Style) => string[]>> = {
  userMessage: (item, style) => textOf(item.content).map((line) => `${style.cyan(">")} ${style.bold(line)}`),
  agentMessage: (item) => [printable(String(item.text ?? ""))],
  reasoning: (item, style) => describeReasoning(item, style),
  commandExecution: describeCommand,
  fileChange: describeFiles,
  contextCompaction: (_item, style) => [style.dim("context compacted")],
};

const contentSchema = z.array(z.looseObject({ text: z.string().optional() }));

function textOf(content: unknown): string[] {
  const parts = contentSchema.safeParse(content);
  if (!parts.success) return [];
  const text = parts.data.map((part) => part.text ?? "(attachment)").join("\n");
  return printable(text).split("\n");
}

function describeReasoning(item: Item, style: Style): string[] {
  const summary = z.array(z.string()).safeParse(item.summary);
  const headings = (summary.data ?? []).map((part) => firstLine(part).replace(/^\*\*(.*)\*\*$/, "$1"));
  return headings.filter(Boolean).map((heading) => style.dim(`~ ${heading}`));
}

function describeCommand(item: Item, style: Style): string[] {
  const command = commandItemSchema.safeParse(item);
  if (!command.success) return [describeOther(item, style)];
  const { exitCode, durationMs, aggregatedOutput, status } = command.data;
  const failed = status !== "completed" || (exitCode ?? 0) !== 0;
  const outcome = status === "completed" || status === "failed" ? `exit ${exitCode ?? "unknown"}` : status;
  const took = typeof durationMs === "number" ? ` · ${formatDuration(durationMs)}` : "";
  const line = `${style.cyan("$")} ${firstLine(unwrapShell(command.data.command))}`;
  const result = failed ? style.red(`✗ ${outcome}`) : style.green(`✓ ${outcome}`);
  const tail = failed ? outputTail(aggregatedOutput ?? "") : [];
  return [`${line}  ${result}${style.dim(took)}`, ...tail.map((text) => style.dim(`  ${text}`))];
}

function outputTail(output: string): string[] {
  const lines = printable(output).trimEnd().split("\n");
  return lines.slice(-OUTPUT_TAIL_LINES).filter((line) => line !== "");
}

function describeFiles(item: Item, style: Style): string[] {
  const change = fileChangeItemSchema.safeParse(item);
  if (!change.success) return [describeOther(item, style)];
  const suffix = item.status === "completed" ? "" : style.red(` ✗ ${item.status}`);
  return change.data.changes.map(({ path, kind, diff }) => {
    const { added, removed } = countLines(diff, kind.type);
    return `${style.cyan("±")} ${shortPath(path)} ${style.green(`+${added}`)} ${style.red(`-${removed}`)}${suffix}`;
  });
}

/** A long path by its end, which tells the most. */
function shortPath(path: string): string {
  const clean = printable(path);
  return clean.length <= MAX_PATH_CHARS ? clean : `…/${clean.split("/").slice(-2).join("/")}`;
}

/** An added or deleted file comes as its text, an update as a unified diff. */
function countLines(diff: string, kind: string): { added: number; removed: number } {
  const lines = diff.split("\n");
  if (!lines.some((line) => line.startsWith("@@"))) {
    const count = diff === "" ? 0 : diff.replace(/\n$/, "").split("\n").length;
    return kind === "delete" ? { added: 0, removed: count } : { added: count, removed: 0 };
  }
  return {
    added: lines.filter((line) => line.startsWith("+") && !line.startsWith("+++ ")).length,
    removed: lines.filter((line) => line.startsWith("-") && !line.startsWith("--- ")).length,
  };
}

function describeOther(item: Item, style: Style): string {
  const label = [item.server, item.tool, item.query, item.path].find((value) => typeof value === "string");
  const status = item.status === "completed" ? "" : ` (${item.status})`;
  return style.dim(`• ${printable(item.kind)}${typeof label === "string" ? ` ${firstLine(label)}` : ""}${status}`);
}
