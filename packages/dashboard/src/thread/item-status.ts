import type { ItemStatus } from "@optio/contract";
import type { ItemEntry } from "./reduce-thread.ts";

/** How an item stands: an item left open by a turn that is over counts as interrupted. */
export function itemStatus(entry: ItemEntry, activeTurnId: string | undefined): ItemStatus {
  if (entry.item.status === "inProgress" && entry.turnId !== activeTurnId) return "interrupted";
  return entry.item.status;
}

/** How long an item ran, in ms; undefined while it runs and when nobody knows. */
export function itemDurationMs(item: ItemEntry["item"]): number | undefined {
  if (typeof item.durationMs === "number") return item.durationMs;
  if (item.startedAt === undefined || item.completedAt === undefined) return undefined;
  return Date.parse(item.completedAt) - Date.parse(item.startedAt);
}
