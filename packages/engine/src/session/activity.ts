import type { Item } from "@optio/contract";

const MAX_CHARS = 120;

/** One line on what the item is doing, for list rows. */
export function activityOf(item: Item): string {
  return clip(ACTIVITIES[item.kind]?.(item) ?? item.kind);
}

const ACTIVITIES: Readonly<Record<string, (item: Item) => string>> = {
  userMessage: () => "reading the message",
  agentMessage: (item) => firstLine(item.text) || "writing",
  reasoning: () => "thinking",
  plan: () => "planning",
  commandExecution: (item) => `$ ${shellBody(text(item.command))}`,
  fileChange: (item) => `editing ${changedPaths(item.changes)}`,
  webSearch: () => "searching the web",
  mcpToolCall: (item) => `tool ${text(item.tool)}`,
  dynamicToolCall: (item) => `tool ${text(item.tool)}`,
};

function changedPaths(changes: unknown): string {
  if (!Array.isArray(changes)) return "files";
  const names = changes.flatMap((change: unknown) => {
    const path = typeof change === "object" && change !== null && "path" in change ? text(change.path) : "";
    return path ? [path.slice(path.lastIndexOf("/") + 1)] : [];
  });
  return names.join(", ") || "files";
}

/** Without the shell that agents wrap around a command. */
function shellBody(command: string): string {
  return /^\S*sh -l?c '(.*)'$/s.exec(command)?.[1] ?? command;
}

function firstLine(value: unknown): string {
  return text(value).trim().split("\n", 1)[0] ?? "";
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function clip(line: string): string {
  return line.length > MAX_CHARS ? `${line.slice(0, MAX_CHARS - 1)}…` : line;
}
