import { userMessageItemSchema } from "@optio/contract";
import type { Row } from "./to-rows.ts";

/** For each row, the index of the person's message that its turn began with; -1 before the first. */
export function turnStarts(rows: readonly Row[]): number[] {
  let start = -1;
  return rows.map((row, index) => {
    if (personText(row) !== undefined) start = index;
    return start;
  });
}

/** What a person wrote in a row; undefined for every other row. */
export function personText(row: Row): string | undefined {
  if (row.type !== "entry" || row.entry.type !== "item" || row.entry.item.kind !== "userMessage") return undefined;
  const parsed = userMessageItemSchema.safeParse(row.entry.item);
  if (!parsed.success || parsed.data.origin === "harness") return undefined;
  return parsed.data.content.map((part) => part.text ?? "").join("\n");
}
