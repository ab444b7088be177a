import type { Decision, ProcessSummary, SessionView, View } from "@optio/contract";
import { END_STATES, stateIn } from "@optio/contract";
import { toInstant } from "./kernel/clock.ts";
import { toQueue } from "./session/queue-event.ts";
import type { ProcessRecord, StoredMessage } from "./store/store.ts";

/** What every session shows until `view` can be configured. */
const VIEW: View = { tools: true, reasoning: true, controls: false, upload: false, download: false, terminal: false };

/** A record as lists and the feed show it. `live`: this engine holds the connection. */
export function toSummary(record: ProcessRecord, live: boolean): ProcessSummary {
  const { session } = record;
  return {
    id: record.id,
    name: record.name,
    description: record.description,
    metadata: { ...record.metadata },
    kind: record.kind,
    parent: record.parent,
    root: record.root,
    depth: record.depth,
    order: record.order,
    adhoc: record.adhoc,
    ephemeral: record.ephemeral,
    special: record.special,
    warning: record.warning,
    schedule: record.schedule && { ...record.schedule, nextFireAt: toNullableInstant(record.nextFireAt) },
    autoResume: record.autoResume,
    ttlSeconds: record.ttlSeconds,
    expiresAt: toNullableInstant(record.expiresAt),
    uiWidget: record.uiWidget,
    widgetData: record.widgetData,
    logHead: record.logHead,
    state: record.state,
    run: record.run,
    progress: record.progress,
    error: record.error,
    cancellable: record.cancellable,
    supportsResume: record.supportsResume,
    hasSavedState: record.hasSavedState,
    headSeq: record.headSeq,
    createdAt: toInstant(record.createdAt),
    startedAt: toNullableInstant(record.startedAt),
    endedAt: toNullableInstant(record.endedAt),
    session: session && {
      agent: record.agent ?? session.agent ?? "",
      phase: phaseOf(record),
      live,
      threadId: session.threadId,
      activity: session.activity,
      pendingDecisions: record.pendingDecisions,
      queued: record.queued,
      model: session.model,
      totalTokens: session.usage?.total.totalTokens ?? null,
      diff: session.diff,
      scripted: session.scripted,
    },
  };
}

/** The body of `GET /sessions/:id`; undefined for a process that is no session. */
export function toSessionView(
  record: ProcessRecord,
  live: boolean,
  messages: readonly StoredMessage[],
  decisions: readonly Decision[],
): SessionView | undefined {
  const { session } = record;
  const agent = record.agent ?? session?.agent;
  if (!session || agent === undefined) return undefined;
  const ended = stateIn(record.state, END_STATES);
  return {
    id: record.id,
    run: record.run,
    state: record.state,
    name: record.name,
    description: record.description,
    metadata: { ...record.metadata },
    agent,
    live,
    phase: phaseOf(record),
    headSeq: record.headSeq,
    thread: session.threadId === null ? null : { id: session.threadId },
    login: { required: session.login.required && !ended, kinds: [...session.login.kinds] },
    usage: session.usage,
    limits: session.limits,
    queue: toQueue(messages),
    controls: [],
    decisions: [...decisions],
    view: VIEW,
    workspace: session.workspace,
    model: session.model,
    scripted: session.scripted,
    posture: session.posture,
    error: record.error,
    createdAt: toInstant(record.createdAt),
    ...(record.endedAt === null ? {} : { endedAt: toInstant(record.endedAt) }),
    ...(record.state === "done" || record.state === "failed" || record.state === "cancelled"
      ? { outcome: record.state }
      : {}),
  };
}

/** An ended or never launched process is `ended`, whatever its last owner could still write. */
function phaseOf(record: ProcessRecord) {
  const active = record.state !== "idle" && !stateIn(record.state, END_STATES);
  return active && record.session ? record.session.phase : "ended";
}

function toNullableInstant(at: number | null): string | null {
  return at === null ? null : toInstant(at);
}
