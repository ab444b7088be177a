import { OptioError } from "@optio/contract";
import type { AdhocSessions } from "./adhoc-sessions.ts";
import type { AgentKind } from "./agent/agent-kind.ts";
import { waitOrAbort } from "./kernel/abort.ts";
import type { Definitions } from "./process/definitions/definitions.ts";
import type { LaunchBlocks } from "./process/launch-blocks.ts";
import type { Processes } from "./process/processes.ts";
import type { PublishedResults } from "./process/published-results.ts";
import type { Schedules } from "./process/schedules/schedules.ts";
import type { RunServices, TaskDefinition } from "./process/task.ts";
import { LiveSession } from "./session/live-session.ts";
import type { SessionStreams } from "./session/session-streams.ts";
import type { ProcessRecord } from "./store/store.ts";

/** How long a call waits for a session that was just launched. */
const PUBLISH_TIMEOUT_MS = 5_000;

/** What the engine's parts share. */
export interface EngineParts {
  readonly services: RunServices;
  readonly kinds: ReadonlyMap<string, AgentKind>;
  readonly processes: Processes;
  readonly results: PublishedResults;
  readonly streams: SessionStreams;
  readonly adhoc: AdhocSessions;
  /** Tasks that calls of this program defined, by process id. */
  readonly adhocTasks: Map<string, TaskDefinition>;
  readonly blocks: LaunchBlocks;
  readonly definitions: Definitions;
  readonly schedules: Schedules;
  /** Whether this engine has the task of a process. */
  readonly knows: (record: ProcessRecord) => Promise<boolean>;
  /** Removes what belonged to processes whose records are gone. */
  readonly onRemoved: (ids: readonly string[]) => Promise<void>;
  /** Longest that a run takes to end once it is told to, an end by force included. */
  readonly endCeilingMs: number;
}

/** The session of a process if this engine runs it. */
export function findLive(parts: Pick<EngineParts, "results">, processId: string): LiveSession | undefined {
  const result = parts.results.find(processId);
  return result instanceof LiveSession ? result : undefined;
}

/** Whether this engine holds the session's connection. */
export function isLive(parts: Pick<EngineParts, "results">, processId: string): boolean {
  return findLive(parts, processId)?.work.board.live ?? false;
}

/** The session, when it runs here. @throws `not-found`, `session-ended`, `session-not-live`, `not-owner`. */
export async function requireLive(parts: EngineParts, id: string): Promise<LiveSession> {
  const record = await parts.processes.read(id);
  const live = findLive(parts, id);
  if (!record.session && !live) throw new OptioError("not-found", `process '${id}' is no session`);
  if (live) return live;
  if (record.endedAt !== null || record.state === "idle")
    throw new OptioError("session-ended", `session '${id}' is ${record.state}; launch it first`);
  return awaitLive(parts, record);
}

/** A run that was just launched or taken over here shows its session in a moment. */
async function awaitLive(parts: EngineParts, record: ProcessRecord): Promise<LiveSession> {
  const { id, owner } = record;
  if (owner && owner.pid !== process.pid)
    throw new OptioError("not-owner", `session '${id}' is run by another server (pid ${owner.pid})`);
  const published = Promise.withResolvers<void>();
  using _ = parts.results.onChange((change) => {
    if (change.processId === id) published.resolve();
  });
  const wait = AbortSignal.timeout(PUBLISH_TIMEOUT_MS);
  if (!findLive(parts, id)) await waitOrAbort(published.promise, wait).catch(() => undefined);
  const live = findLive(parts, id);
  if (!live)
    throw new OptioError("session-not-live", `session '${id}' is starting or being taken over; try again in a moment`);
  return live;
}
