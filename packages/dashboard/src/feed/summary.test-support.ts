import type { ProcessSummary } from "@optio/contract";
import { at } from "../thread/golden.test-support.ts";

type Change = Partial<Omit<ProcessSummary, "session">> & { session?: Partial<NonNullable<ProcessSummary["session"]>> };

/** A running session as lists show it, but for the change. */
export function summary(id: string, { session, ...change }: Change = {}): ProcessSummary {
  return {
    id,
    name: id,
    description: null,
    metadata: {},
    kind: "session",
    parent: null,
    root: id,
    depth: 0,
    order: 0,
    adhoc: true,
    ephemeral: false,
    special: false,
    warning: null,
    schedule: null,
    autoResume: false,
    ttlSeconds: null,
    expiresAt: null,
    uiWidget: null,
    widgetData: null,
    logHead: 0,
    state: "running",
    run: 1,
    progress: null,
    error: null,
    cancellable: true,
    supportsResume: true,
    hasSavedState: false,
    headSeq: 1,
    createdAt: at(0),
    startedAt: at(0),
    endedAt: null,
    ...change,
    session: {
      agent: "agent",
      phase: "idle",
      live: true,
      threadId: null,
      activity: null,
      pendingDecisions: 0,
      queued: 0,
      model: null,
      totalTokens: null,
      diff: null,
      scripted: false,
      ...session,
    },
  };
}

/** A plain task that was never launched, but for the change. */
export function taskSummary(id: string, change: Partial<Omit<ProcessSummary, "session">> = {}): ProcessSummary {
  const rest = { kind: "task", adhoc: false, state: "idle", run: 0, startedAt: null, supportsResume: false } as const;
  return { ...summary(id, { ...rest, ...change }), session: null };
}

/** A child of a task. */
export function childSummary(
  parent: ProcessSummary,
  id: string,
  change: Partial<Omit<ProcessSummary, "session">> = {},
) {
  const place = { parent: parent.id, root: parent.root, depth: parent.depth + 1 };
  return taskSummary(`${parent.id}.${id}`, {
    name: id,
    ...place,
    state: "running",
    run: 1,
    startedAt: at(0),
    ...change,
  });
}
