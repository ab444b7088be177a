import type {
  Decision,
  DecisionKind,
  MessageMode,
  MessageState,
  ProcessState,
  Role,
  TurnStatus,
} from "@optio/contract";

/**
 * The tables, the same in every dialect: JSON is text, a boolean is 0 or 1, an instant is an integer of ms since 1970.
 * The migrations create them; this file is what queries are checked against.
 */
export interface Schema {
  processes: ProcessesTable;
  events: EventsTable;
  logs: LogsTable;
  blobs: BlobsTable;
  blocks: BlocksTable;
  removals: RemovalsTable;
  process_tags: ProcessTagsTable;
  messages: MessagesTable;
  turns: TurnsTable;
  items: ItemsTable;
  decisions: DecisionsTable;
  manifests: ManifestsTable;
  tokens: TokensTable;
  login_codes: LoginCodesTable;
  idempotency: IdempotencyTable;
  counters: CountersTable;
  meta: MetaTable;
}

export interface ProcessesTable {
  id: string;
  kind: "session" | "task";
  agent: string | null;
  name: string;
  description: string | null;
  metadata: string;
  adhoc: number;
  sealed_config: string | null;
  parent: string | null;
  /** Id, name and description in lower case: databases disagree on what lower() does beyond ASCII. */
  search: string;
  state: ProcessState;
  run: number;
  epoch: number;
  owner_machine: string | null;
  owner_boot: string | null;
  owner_pid: number | null;
  owner_start: string | null;
  lease_until: number | null;
  progress: string | null;
  error: string | null;
  cancellable: number;
  supports_resume: number;
  has_saved_state: number;
  head_seq: number;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  session: string | null;
  change_id: number;
  pending_decisions: number;
  queued: number;
  /** Null only in a record older than trees: its own id then. */
  root: string | null;
  depth: number;
  position: number;
  params: string | null;
  special: number;
  warning: string | null;
  ui_widget: string | null;
  widget_data: string | null;
  schedule: string | null;
  next_fire_at: number | null;
  ttl_seconds: number | null;
  expires_at: number | null;
  auto_resume: number;
  auto_resume_stamped: number;
  ephemeral: number;
  log_head: number;
  /** The oldest event that is kept. */
  first_seq: number;
  /** Runs before this one are dropped, with all that belongs to them. */
  compacted_run: number;
}

export interface EventsTable {
  process_id: string;
  seq: number;
  at: number;
  run: number;
  type: string;
  event: string;
}

export interface LogsTable {
  process_id: string;
  seq: number;
  at: number;
  run: number;
  /** Index in LOG_LEVELS. */
  level: number;
  message: string;
  data: string | null;
}

export interface BlobsTable {
  process_id: string;
  name: string;
  hash: string;
  size_bytes: number;
  created_at: number;
}

export interface BlocksTable {
  id: string;
  filter: string;
  canonical: string;
  reason: string | null;
  created_at: number;
}

/** Metadata as filters see it, one row a key: see process-tags.ts. */
export interface ProcessTagsTable {
  process_id: string;
  key: string;
  /** Type and value in one text, ordered by its bytes like the values themselves. */
  value: string;
  /** The beginning of the value, short enough for an index of any database. */
  head: string;
  /** That of the process. */
  created_at: number;
}

export interface RemovalsTable {
  change_id: number;
  process_id: string;
  at: number;
}

export interface MessagesTable {
  process_id: string;
  message_id: string;
  run: number;
  text: string;
  mode: MessageMode;
  state: MessageState;
  origin: "person" | "harness";
  created_at: number;
  turn_id: string | null;
  /** Which queue it stands in: see LANES in messages.ts. */
  lane: number;
  /** Its place within the lane: the order of arrival. */
  position: number;
}

export interface TurnsTable {
  process_id: string;
  thread_id: string;
  turn_id: string;
  status: TurnStatus | null;
  /** The order of opening. */
  position: number;
}

export interface ItemsTable {
  process_id: string;
  thread_id: string;
  item_id: string;
  turn_id: string;
  kind: string;
  completed: number;
  started_seq: number;
}

export interface DecisionsTable {
  id: string;
  process_id: string;
  run: number;
  kind: DecisionKind;
  state: Decision["state"];
  request: string;
  options: string;
  requested_at: number;
  resolved_at: number | null;
  resolution: string | null;
  resolved_by: string | null;
  agent_key: string;
  instance: string;
  thread_id: string;
  turn_id: string;
  idempotency_key: string | null;
}

export interface ManifestsTable {
  process_id: string;
  run: number;
  manifest: string;
}

export interface TokensTable {
  id: string;
  name: string;
  role: Role;
  hash: string;
  created_at: number;
  last_used_at: number | null;
}

export interface LoginCodesTable {
  hash: string;
  token_id: string;
  expires_at: number;
}

export interface IdempotencyTable {
  principal: string;
  key: string;
  fingerprint: string;
  created_at: number;
  /** Null while the request runs. */
  status: number | null;
  body: string | null;
}

export interface CountersTable {
  name: string;
  value: number;
}

export interface MetaTable {
  key: string;
  value: string;
}
