import type { Progress } from "@optio/contract";
import type { OwnerTransaction } from "../../store/store.ts";
import type { ProgressEntry } from "./progress-queue.ts";

/** Writes reports in their order: the record gets the last value, each message an event and a log line. */
export async function writeProgress(tx: OwnerTransaction, entries: readonly ProgressEntry[]): Promise<void> {
  const last = entries.findLast((entry) => entry.kind !== "dropped");
  for (const entry of entries) {
    if (entry.kind === "dropped") await sayDropped(tx, entry.count);
    else if (entry.kind === "message") await sayMessage(tx, entry);
    else if (entry === last) await tx.append({ type: "process.progressed", percent: entry.percent });
  }
  if (last) await tx.patch({ progress: toProgress(last) });
}

async function sayDropped(tx: OwnerTransaction, count: number): Promise<void> {
  const what = count === 1 ? "1 progress message was" : `${count} progress messages were`;
  const message = `${what} dropped: they came faster than they can be shown`;
  await tx.append({ type: "process.logged", level: "info", message, data: { dropped: count } });
}

async function sayMessage(
  tx: OwnerTransaction,
  { percent, message }: Extract<ProgressEntry, { kind: "message" }>,
): Promise<void> {
  await tx.append({ type: "process.progressed", percent, message });
  await tx.append({ type: "process.logged", level: "info", message });
}

function toProgress(entry: Exclude<ProgressEntry, { kind: "dropped" }>): Progress {
  return entry.kind === "message" ? { percent: entry.percent, message: entry.message } : { percent: entry.percent };
}
