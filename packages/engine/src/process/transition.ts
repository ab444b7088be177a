import type { ErrorRecord, ProcessState } from "@optio/contract";
import { OptioError, PROCESS_ARROWS, PROCESS_STATES, toOptioError } from "@optio/contract";
import type { OwnerKey, OwnerTransaction, ProcessPatch, ProcessRecord, Store } from "../store/store.ts";

/** States from which an arrow leads to `to`. */
export function statesBefore(to: ProcessState): ProcessState[] {
  return PROCESS_STATES.filter((from) => PROCESS_ARROWS[from].includes(to));
}

/**
 * Moves a process to another state as its owner, in the caller's transaction, with the event. The only writer of states besides
 * the claim of a launch.
 * @returns false when the present state has no arrow to `to`.
 */
export async function transition(
  tx: OwnerTransaction,
  to: ProcessState,
  patch: ProcessPatch = {},
  reason?: string,
): Promise<boolean> {
  const from = await tx.setState(statesBefore(to), to, patch);
  if (from === undefined) return false;
  await tx.append({ type: "process.state_changed", from, to, ...(reason ? { reason } : {}) });
  return true;
}

/** Moves a process to another state without owning its run: cancel requests, dismissal, the end by force. Undefined when it moved meanwhile. */
export function transitionUnowned(
  store: Store,
  seen: OwnerKey,
  to: ProcessState,
  patch: ProcessPatch = {},
  reason?: string,
): Promise<ProcessRecord | undefined> {
  return store.processes.setStateUnowned(seen, statesBefore(to), to, patch, reason);
}

/** The stored form of an error: never without words. */
export function toErrorRecord(error: OptioError): ErrorRecord {
  return { code: error.code, message: error.message || error.code };
}

/** What a body threw, as an error that says at least of which class it is. */
export function toTaskError(thrown: unknown): OptioError {
  const known = toOptioError(thrown, "task-failed");
  if (known === thrown || !(thrown instanceof Error) || thrown.message !== "") return known;
  return new OptioError("task-failed", `${classOf(thrown)} without a message`, { cause: thrown });
}

/** The key that fences writes of a record's present ownership. */
export function keyOf(record: ProcessRecord): OwnerKey {
  return { processId: record.id, run: record.run, epoch: record.epoch };
}

function classOf(error: Error): string {
  return error.name === "Error" ? error.constructor.name : error.name;
}
