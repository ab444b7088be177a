import { OptioError } from "@optio/contract";
import type { AgentKind } from "./agent/agent-kind.ts";
import { defaultHome } from "./default-home.ts";
import type { AgentInfo, Engine } from "./engine.ts";
import type { EngineBackground } from "./engine-background.ts";
import { startBackground } from "./engine-background.ts";
import { bootParts } from "./engine-boot.ts";
import { createEngineDecisions } from "./engine-decisions.ts";
import { Feed } from "./engine-feed.ts";
import { createEngineBlocks, createEngineGroups } from "./engine-groups.ts";
import { launchSession } from "./engine-launch-session.ts";
import type { EngineOptions } from "./engine-options.ts";
import type { EngineParts } from "./engine-parts.ts";
import { createEngineProcesses } from "./engine-processes.ts";
import { createEngineSessions } from "./engine-sessions.ts";
import { createLocalHost } from "./host/local/local-host.ts";
import { systemClock } from "./kernel/clock.ts";
import { silentLogger } from "./kernel/logger.ts";
import { PROCESS_TIMINGS } from "./process/processes.ts";
import type { RunServices } from "./process/task.ts";
import { BlobFiles } from "./store/blobs/blob-files.ts";
import { openStore } from "./store/open-store.ts";

export type { EngineOptions } from "./engine-options.ts";

/**
 * Opens an engine: store, secret key, definitions; then takes over what earlier owners left running, removes what no definition names any
 * more and follows the schedules.
 * @throws `store-failed`, `secret-key-refused`, `host-failed`, `config-refused`.
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const { clock = systemClock, logger = silentLogger, host = createLocalHost(), home = defaultHome() } = options;
  await host.files.makeDirectory(home);
  await using unfinished = new AsyncDisposableStack();
  const given = options.store ?? { sqlite: `${home}/optio.db` };
  const isOurs = !("processes" in given);
  const store = isOurs ? unfinished.adopt(await openStore(given, { clock, logger }), (open) => open.close()) : given;
  const tasksRoot = `${home}/tasks`;
  await host.files.makeDirectory(tasksRoot);
  const blobFiles = new BlobFiles(`${home}/blobs`);
  const services: RunServices = { store, host, clock, logger, tasksRoot, blobFiles };
  const timings = { ...PROCESS_TIMINGS, ...options.processTimings };
  const stopping = new AbortController();
  const parts = await bootParts({ options, services, home, timings, stopping: stopping.signal });
  await parts.definitions.open(() => parts.processes.adoptOrphans());
  const background = startBackground(parts, { ...options, files: blobFiles, tickMs: timings.tickMs, stopping });
  unfinished.move();
  return assemble(parts, { background, stopping: stopping.signal, ownsStore: isOurs });
}

interface Running {
  readonly background: EngineBackground;
  readonly stopping: AbortSignal;
  readonly ownsStore: boolean;
}

function assemble(parts: EngineParts, running: Running): Engine {
  const { services, kinds, definitions } = parts;
  const feed = new Feed(parts);
  const closed: { ending?: Promise<void> } = {};
  return {
    store: services.store,
    processes: createEngineProcesses(parts),
    sessions: createEngineSessions(parts),
    decisions: createEngineDecisions(parts),
    groups: createEngineGroups(parts),
    blocks: createEngineBlocks(parts),
    agents: () => Promise.all([...kinds.values()].map(describeAgent)),
    feed: (options) => feed.follow(options),
    launchSession: (config) => launchSession(parts, config),
    async resync(options) {
      if (running.stopping.aborted) throw new OptioError("shutting-down", "the engine is stopping");
      return definitions.resync(options);
    },
    close({ detach = false } = {}) {
      closed.ending ??= close(parts, running, feed, detach);
      return closed.ending;
    },
  };
}

/** Launches are refused from the first instant; what is launched by itself stops first, the store is closed last. */
async function close(
  { services, processes, definitions, streams }: EngineParts,
  { background, ownsStore }: Running,
  feed: Feed,
  detach: boolean,
): Promise<void> {
  await Promise.all([background.stopIntake(), processes.shutdown({ detach }), definitions.settled()]);
  await background.stopOwnership();
  streams.close();
  feed.close();
  if (ownsStore) await services.store.close();
}

async function describeAgent(kind: AgentKind): Promise<AgentInfo> {
  const { id, label, url, loginKinds } = kind;
  return { id, label, url, loginKinds, ...(await kind.probe()) };
}
