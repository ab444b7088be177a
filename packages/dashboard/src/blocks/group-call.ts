import type { Filter } from "@optio/contract";
import type { GroupCall } from "../api/calls.ts";

/** What can be done to a group. */
export type GroupAction = "cancel" | "block" | "purge";

/** The call of an action. */
export function groupCall(action: GroupAction, filter: Filter, reason: string): GroupCall {
  const why = reason.trim() === "" ? {} : { reason: reason.trim() };
  if (action === "block") return { filter, block: true, persist: true, ...why };
  if (action === "purge") return { filter, purge: true };
  return { filter };
}
