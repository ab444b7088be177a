import { OptioError, toOptioError } from "@optio/contract";
import type { OwnerKey, OwnerTransaction, ProcessPatch, ProcessRecord } from "../store/store.ts";
import type { RunOutcome } from "./live-run.ts";
import type { ProcessParts } from "./process-options.ts";
import { keyOf, toErrorRecord, transition, transitionUnowned } from "./transition.ts";

/** Milliseconds of a second. */
const SECOND_MS = 1_000;

/**
 * Writes the end of a run as its owner: the one helper for ends of every kind (normal, by force, of an orphan, of a refused start).
 * Answers with the record of the end, also where an ephemeral one is gone then; undefined when the run had ended before.
 * @throws `stale-owner` when another owner has the run, `store-failed`.
 */
export async function endRun(
  parts: ProcessParts,
  key: OwnerKey,
  outcome: RunOutcome,
): Promise<ProcessRecord | undefined> {
  const { store } = parts.options.services;
  const seen = await store.processes.find(key.processId);
  if (!seen) throw new OptioError("stale-owner", `process '${key.processId}' is gone`);
  const patch = endPatch(parts, seen, outcome);
  const state = await store.asOwner(key, (tx) => writeEnd(tx, outcome, patch));
  if (state === undefined) return undefined;
  const record = { ...seen, ...patch, state };
  await afterEnd(parts, record);
  return record;
}

/** Ends a run that has not begun, whoever owns it: its body never starts. Undefined when it moved meanwhile. */
export async function cancelScheduled(
  parts: ProcessParts,
  seen: ProcessRecord,
  reason?: string,
): Promise<ProcessRecord | undefined> {
  const { store } = parts.options.services;
  const patch = endPatch(parts, seen, { state: "cancelled" });
  const record = await transitionUnowned(store, keyOf(seen), "cancelled", patch, reason);
  if (record) await afterEnd(parts, record);
  return record;
}

/** The state that was written; undefined when the run is over already. */
async function writeEnd(
  tx: OwnerTransaction,
  { state, error }: RunOutcome,
  patch: ProcessPatch,
): Promise<RunOutcome["state"] | undefined> {
  if (state === "cancelled") await transition(tx, "cancelling");
  if (error) await tx.append({ type: "process.logged", level: "error", message: error.message || error.code });
  if (await transition(tx, state, patch, error?.code)) return state;
  // a body may end done although a cancel was asked for meanwhile; the arrows decide what is possible
  if (await transition(tx, "cancelled", { ...patch, error: null })) return "cancelled";
  await tx.patch({ owner: null });
  return undefined;
}

function endPatch(
  { options }: ProcessParts,
  record: ProcessRecord,
  { state, error }: RunOutcome,
): ProcessPatch & Pick<ProcessRecord, "endedAt" | "error" | "owner" | "expiresAt"> {
  const endedAt = options.services.clock.now();
  // a tree goes as one: only its root has a time to live
  const expires = record.depth === 0 && record.ttlSeconds !== null;
  return {
    endedAt,
    error: error ? toErrorRecord(error) : null,
    owner: null,
    expiresAt: expires ? endedAt + (record.ttlSeconds ?? 0) * SECOND_MS : null,
    // a shutdown's stamp is for what it cancelled
    ...(state !== "cancelled" && { autoResumeStamped: false }),
  };
}

async function afterEnd({ options }: ProcessParts, record: ProcessRecord): Promise<void> {
  const { processId, run } = keyOf(record);
  options.results.end({ processId, run }, record.state);
  if (!record.ephemeral) return;
  const { store, logger } = options.services;
  try {
    const gone = await store.processes.remove([record.id]);
    await options.onRemoved?.(gone);
  } catch (error) {
    logger.error({ process: record.id, error: toOptioError(error).message }, "could not remove an ephemeral process");
  }
}
