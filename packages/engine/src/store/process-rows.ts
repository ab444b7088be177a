import type { ErrorRecord, Progress, ScheduleSpec } from "@optio/contract";
import { toStorableText } from "@optio/contract";
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
    root: row.root ?? row.id,
    depth: row.depth,
    order: row.position,
    params: fromNullableJson<Record<string, unknown>>(row.params) ?? {},
    special: row.special === 1,
    warning: row.warning,
    uiWidget: row.ui_widget,
    widgetData: fromNullableJson<unknown>(row.widget_data),
    schedule: fromNullableJson<ScheduleSpec>(row.schedule),
    nextFireAt: row.next_fire_at,
    ttlSeconds: row.ttl_seconds,
    expiresAt: row.expires_at,
    autoResume: row.auto_resume === 1,
    autoResumeStamped: row.auto_resume_stamped === 1,
    ephemeral: row.ephemeral === 1,
    logHead: row.log_head,
    firstSeq: row.first_seq,
  };
}

/** Where a process stands in its tree. */
export interface TreePlace {
  readonly root: string;
  readonly depth: number;
}

/** Columns that say what a process is, not what became of it. */
export type DefinitionColumns = Pick<
  ProcessesTable,
  | "kind"
  | "agent"
  | "name"
  | "description"
  | "metadata"
  | "sealed_config"
  | "search"
  | "cancellable"
  | "supports_resume"
  | "params"
  | "special"
  | "warning"
  | "ui_widget"
  | "schedule"
  | "ttl_seconds"
  | "auto_resume"
>;

/** What a definition says, as columns. */
export function definitionColumns(process: NewProcess): DefinitionColumns {
  const name = toStorableText(process.name);
  const description = toNullableText(process.description);
  return {
    kind: process.kind,
    agent: process.agent,
    name,
    description,
    metadata: toJson(process.metadata),
    sealed_config: process.sealedConfig,
    search: [process.id, name, description ?? ""].join("\n").toLowerCase(),
    cancellable: toFlag(process.cancellable),
    supports_resume: toFlag(process.supportsResume),
    params: toJson(process.params ?? {}),
    special: toFlag(process.special ?? false),
    warning: toNullableText(process.warning),
    ui_widget: toNullableText(process.uiWidget),
    schedule: toNullableJson(process.schedule),
    ttl_seconds: process.ttlSeconds ?? null,
    auto_resume: toFlag(process.autoResume ?? false),
  };
}

/** The row of a process that was never launched. */
export function toNewRow(process: NewProcess, place: TreePlace, createdAt: number, changeId: number): ProcessesTable {
  return {
    id: process.id,
    ...definitionColumns(process),
    adhoc: toFlag(process.adhoc),
    parent: process.parent,
    state: "idle",
    run: 0,
    epoch: 0,
    ...ownerColumns(null),
    progress: null,
    error: null,
    has_saved_state: 0,
    head_seq: 0,
    created_at: createdAt,
    started_at: null,
    ended_at: null,
    session: toNullableJson(process.session),
    change_id: changeId,
    pending_decisions: 0,
    queued: 0,
    root: place.root,
    depth: place.depth,
    position: process.order ?? 0,
    widget_data: null,
    next_fire_at: process.nextFireAt ?? null,
    expires_at: null,
    auto_resume_stamped: 0,
    ephemeral: toFlag(process.ephemeral ?? false),
    log_head: 0,
    first_seq: 1,
    compacted_run: 0,
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
    ...(patch.widgetData !== undefined && { widget_data: toNullableJson(patch.widgetData) }),
    ...(patch.nextFireAt !== undefined && { next_fire_at: patch.nextFireAt }),
    ...(patch.expiresAt !== undefined && { expires_at: patch.expiresAt }),
    ...(patch.autoResumeStamped !== undefined && { auto_resume_stamped: toFlag(patch.autoResumeStamped) }),
    ...(patch.ephemeral !== undefined && { ephemeral: toFlag(patch.ephemeral) }),
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

function toNullableText(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : toStorableText(text);
}
