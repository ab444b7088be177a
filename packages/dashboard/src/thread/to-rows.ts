import type { Entry, ItemEntry } from "./reduce-thread.ts";

/** What the list shows as one row: an entry, or tool calls that followed each other. */
export type Row =
  | { readonly type: "entry"; readonly key: string; readonly seq: number; readonly entry: Entry }
  | { readonly type: "tools"; readonly key: string; readonly seq: number; readonly entries: readonly ItemEntry[] };

/** Kinds that fold to one line. */
const TOOL_KINDS: ReadonlySet<string> = new Set([
  "commandExecution",
  "mcpToolCall",
  "dynamicToolCall",
  "webSearch",
  "imageView",
]);

/** True for a tool call, which folds to one line. */
export function isToolCall(entry: Entry): entry is ItemEntry {
  return entry.type === "item" && TOOL_KINDS.has(entry.item.kind);
}

/** The rows of a transcript; consecutive tool calls share one, and a pending decision has its card instead. */
export function toRows(entries: readonly Entry[]): Row[] {
  const rows: Row[] = [];
  for (const entry of entries) {
    // the card below the transcript shows it
    if (entry.type === "decision" && entry.decision.state === "pending") continue;
    const last = rows.at(-1);
    if (!isToolCall(entry)) rows.push({ type: "entry", key: entry.key, seq: entry.seq, entry });
    else if (last?.type === "tools") rows[rows.length - 1] = { ...last, entries: [...last.entries, entry] };
    else rows.push({ type: "tools", key: `tools:${entry.key}`, seq: entry.seq, entries: [entry] });
  }
  return rows;
}

/** Rows that came in before the event `anchorSeq`: how far older pages pushed the first row up. */
export function countBefore(rows: readonly Row[], anchorSeq: number): number {
  const index = rows.findIndex((row) => row.seq >= anchorSeq);
  return index === -1 ? rows.length : index;
}
