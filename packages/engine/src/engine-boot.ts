import { AdhocSessions } from "./adhoc-sessions.ts";
import type { AgentKind } from "./agent/agent-kind.ts";
import { InProcessDispatcher } from "./dispatch/in-process/in-process-dispatcher.ts";
import { removeLeftovers } from "./engine-definitions.ts";
import { handleOf } from "./engine-launch-session.ts";
import type { EngineOptions } from "./engine-options.ts";
import type { EngineParts } from "./engine-parts.ts";
import { Definitions } from "./process/definitions/definitions.ts";
import { removeTrees } from "./process/definitions/remove-trees.ts";
import { LaunchBlocks } from "./process/launch-blocks.ts";
import { identifyOwner } from "./process/ownership.ts";
import type { ProcessTimings } from "./process/processes.ts";
import { Processes } from "./process/processes.ts";
import { PublishedResults } from "./process/published-results.ts";
import { Schedules } from "./process/schedules/schedules.ts";
import type { RunServices, TaskDefinition } from "./process/task.ts";
import { openSecretKey } from "./secrets/secret-key.ts";
import { LiveSession } from "./session/live-session.ts";
import { initialFacts } from "./session/open-work.ts";
import { SessionStreams } from "./session/session-streams.ts";
import type { SessionTimings } from "./session/session-work.ts";
import { SESSION_TIMINGS } from "./session/session-work.ts";
import { stopOrphan } from "./session/stop-orphan.ts";
import type { ProcessRecord } from "./store/store.ts";

/** What the ends by force and their writing may take beyond the grace. */
const END_MARGIN_MS = 25_000;

/** What the parts are made from. */
export interface BootOptions {
  readonly options: EngineOptions;
  readonly services: RunServices;
  readonly home: string;
  readonly timings: ProcessTimings;
  /** Aborted when the engine stops: waits of definitions end then. */
  readonly stopping: AbortSignal;
}

/** Makes the parts of an engine over an open store. Nothing runs yet. @throws `secret-key-refused`, `host-failed`. */
export async function bootParts({ options, services, home, timings, stopping }: BootOptions): Promise<EngineParts> {
  const { store, clock, logger } = services;
  const kinds = new Map((options.agents ?? []).map((kind) => [kind.id, kind]));
  const sessionTimings = { ...SESSION_TIMINGS, ...options.sessionTimings };
  const key = await openSecretKey(options.secretKeyPath ?? `${home}/secret.key`);
  const adhoc = new AdhocSessions({ kinds, key, timings: sessionTimings });
  const memory = { services, adhoc, adhocTasks: new Map<string, TaskDefinition>() };
  const onRemoved = (ids: readonly string[]) => removeLeftovers(memory, ids);
  const results = new PublishedResults();
  const blocks = new LaunchBlocks({ stored: store.blocks, clock });
  const endCeilingMs = Math.max(timings.cancelGraceMs, timings.sessionGraceMs) + END_MARGIN_MS;
  const taskOf = async (record: ProcessRecord) =>
    definitions.find(record.id) ?? memory.adhocTasks.get(record.id) ?? adhoc.taskOf(record);
  const processes = new Processes({
    ...processHooks({ kinds, services, sessionTimings }),
    services,
    taskServices: options.services ?? {},
    dispatcher: new InProcessDispatcher(),
    results,
    me: await identifyOwner(services.host),
    timings,
    blocks,
    onRemoved,
    taskOf,
    toResult: (record, value) => (value instanceof LiveSession ? handleOf(parts, record) : value),
  });
  // what is to be removed ends, whether people may cancel it or not
  const cancel = (id: string) => processes.stop(id);
  const knows = (record: ProcessRecord) => isKnown(taskOf, record);
  const schedules = new Schedules({
    store,
    clock,
    logger,
    knows,
    launch: (id) => processes.launch(id, { resume: false }),
  });
  const definitions = new Definitions({
    store,
    source: options.tasks ?? [],
    services: options.services ?? {},
    hasAgent: (id) => kinds.has(id),
    sessionFacts: (session) => initialFacts(session, null),
    onSynced: () => schedules.wake(),
    removeTrees: (roots) =>
      removeTrees({ store, clock, logger, cancel, onRemoved, ceilingMs: endCeilingMs, signal: stopping }, roots),
  });
  const streams = new SessionStreams(store, results);
  const shared = { kinds, processes, results, streams, blocks, definitions, schedules };
  const parts = { ...memory, ...shared, knows, onRemoved, endCeilingMs };
  return parts;
}

/** Whether this engine has the task of a process; not when its configuration cannot be read. */
async function isKnown(
  taskOf: (record: ProcessRecord) => Promise<TaskDefinition | undefined>,
  record: ProcessRecord,
): Promise<boolean> {
  try {
    return (await taskOf(record)) !== undefined;
  } catch {
    return false;
  }
}

function processHooks({
  kinds,
  services,
  sessionTimings,
}: {
  kinds: ReadonlyMap<string, AgentKind>;
  services: RunServices;
  sessionTimings: SessionTimings;
}) {
  return {
    launchPatch: (record: ProcessRecord, resume: boolean) => launchPatch(kinds, record, resume),
    sessionFacts: (session: NonNullable<TaskDefinition["session"]>) => initialFacts(session, null),
    stopOrphan: (record: ProcessRecord) => stopOrphan(services, sessionTimings, record),
  };
}

function launchPatch(kinds: ReadonlyMap<string, AgentKind>, record: ProcessRecord, resume: boolean) {
  if (!record.session || record.agent === null || !kinds.has(record.agent)) return {};
  return { session: initialFacts(record.session, resume ? record.run : null) };
}
