import type { ErrorRecord, Progress } from "@optio/contract";
import { fromJson, fromNullableJson, toJson, toNullableJson } from "./json.ts";
import type { ProcessesTable } from "./schema.ts";
import type { NewProcess, Owner, ProcessPatch, ProcessRecord, SessionFacts } from "./store.ts";

/** The row of a process as its record. */
export function toRecord(row: ProcessesTable): ProcessRecord {
  return {
    id: row.id,
    kind: row.kind,
    agent: row.agent,
    name: row.name,
    description: row.description,
    metadata: fromJson<Record<string, unknown>>(row.metadata),
    adhoc: row.adhoc === 1,
    sealedConfig: row.sealed_config,
    parent: row.parent,
    state: row.state,
    run: row.run,
    epoch: row.epoch,
    owner: toOwner(row),
    progress: fromNullableJson<Progress>(row.progress),
    error: fromNullableJson<ErrorRecord>(row.error),
    cancellable: row.cancellable === 1,
    supportsResume: row.supports_resume === 1,
    hasSavedState: row.has_saved_state === 1,
    headSeq: row.head_seq,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    session: fromNullableJson<SessionFacts>(row.session),
    changeId: row.change_id,
    pendingDecisions: row.pending_decisions,
    queued: row.queued,
  };
}

/** The row of a process that was never launched. */
export function toNewRow(process: NewProcess, createdAt: number, changeId: number): ProcessesTable {
  return {
    id: process.id,
    kind: process.kind,
    agent: process.agent,
    name: process.name,
    description: process.description,
    metadata: toJson(process.metadata),
    adhoc: toFlag(process.adhoc),
    sealed_config: process.sealedConfig,
    parent: process.parent,
    search: [process.id, process.name, process.description ?? ""].join("\n").toLowerCase(),
    state: "idle",
    run: 0,
    epoch: 0,
    ...ownerColumns(null),
    progress: null,
    error: null,
    cancellable: toFlag(process.cancellable),
    supports_resume: toFlag(process.supportsResume),
    has_saved_state: 0,
    head_seq: 0,
    created_at: createdAt,
    started_at: null,
    ended_at: null,
    session: toNullableJson(process.session),
    change_id: changeId,
    pending_decisions: 0,
    queued: 0,
  };
}

/** Columns of an owner; all null without one. */
export type OwnerColumns = Pick<
  ProcessesTable,
  "owner_machine" | "owner_boot" | "owner_pid" | "owner_start" | "lease_until"
>;

/** The owner as columns. */
export function ownerColumns(owner: Owner | null): OwnerColumns {
  return {
    owner_machine: owner?.machineId ?? null,
    owner_boot: owner?.bootId ?? null,
    owner_pid: owner?.pid ?? null,
    owner_start: owner?.startTime ?? null,
    lease_until: owner?.leaseUntil ?? null,
  };
}

/** The columns that a patch sets, without the owner's: these are what a reader of the record sees. */
export function patchColumns(patch: ProcessPatch): Partial<ProcessesTable> {
  return {
    ...(patch.progress !== undefined && { progress: toNullableJson(patch.progress) }),
    ...(patch.error !== undefined && { error: toNullableJson(patch.error) }),
    ...(patch.startedAt !== undefined && { started_at: patch.startedAt }),
    ...(patch.endedAt !== undefined && { ended_at: patch.endedAt }),
    ...(patch.hasSavedState !== undefined && { has_saved_state: toFlag(patch.hasSavedState) }),
    ...(patch.session !== undefined && { session: toNullableJson(patch.session) }),
  };
}

function toOwner(row: OwnerColumns): Owner | null {
  const { owner_machine, owner_boot, owner_pid, owner_start, lease_until } = row;
  if (owner_machine === null || owner_boot === null || owner_pid === null) return null;
  if (owner_start === null || lease_until === null) return null;
  return {
    machineId: owner_machine,
    bootId: owner_boot,
    pid: owner_pid,
    startTime: owner_start,
    leaseUntil: lease_until,
  };
}

function toFlag(value: boolean): number {
  return value ? 1 : 0;
}
