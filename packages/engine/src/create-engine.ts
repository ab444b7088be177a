import { OptioError, toOptioError } from "@optio/contract";
import { AdhocSessions } from "./adhoc-sessions.ts";
import type { AgentKind } from "./agent/agent-kind.ts";
import { defaultHome } from "./default-home.ts";
import { InProcessDispatcher } from "./dispatch/in-process/in-process-dispatcher.ts";
import type { AgentInfo, Engine } from "./engine.ts";
import { createEngineDecisions } from "./engine-decisions.ts";
import { Feed } from "./engine-feed.ts";
import type { EngineParts } from "./engine-parts.ts";
import { createEngineProcesses, waitForEnd } from "./engine-processes.ts";
import { createEngineSessions, createSession } from "./engine-sessions.ts";
import type { Host } from "./host/host.ts";
import { createLocalHost } from "./host/local/local-host.ts";
import type { Clock } from "./kernel/clock.ts";
import { systemClock } from "./kernel/clock.ts";
import type { Logger } from "./kernel/logger.ts";
import { silentLogger } from "./kernel/logger.ts";
import { identifyOwner } from "./process/ownership.ts";
import type { ProcessTimings } from "./process/processes.ts";
import { PROCESS_TIMINGS, Processes } from "./process/processes.ts";
import { PublishedResults } from "./process/published-results.ts";
import type { RunServices, TaskDefinition } from "./process/task.ts";
import { openSecretKey } from "./secrets/secret-key.ts";
import { initialFacts } from "./session/open-work.ts";
import type { Session } from "./session/session-handle.ts";
import { createSessionHandle } from "./session/session-handle.ts";
import { SessionStreams } from "./session/session-streams.ts";
import type { SessionHooks, SessionTimings } from "./session/session-work.ts";
import { SESSION_TIMINGS } from "./session/session-work.ts";
import { eachPiece } from "./session/viewer.ts";
import type { StoreLocation } from "./store/open-store.ts";
import { openStore } from "./store/open-store.ts";
import type { ProcessRecord, Store } from "./store/store.ts";

/** What an engine is made of; only `agents` is required. */
export interface EngineOptions {
  readonly agents: readonly AgentKind[];
  /** Tasks of the program, launched by their ids. */
  readonly tasks?: readonly TaskDefinition[];
  /** Directory of all state; default `defaultHome()`. */
  readonly home?: string;
  /** Where the records are; default SQLite in `<home>/optio.db`. A store that is given open stays open at `close`. */
  readonly store?: Store | StoreLocation;
  /** File of the key that seals secrets; made when missing. Default `<home>/secret.key`. */
  readonly secretKeyPath?: string;
  readonly host?: Host;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly processTimings?: Partial<ProcessTimings>;
  readonly sessionTimings?: Partial<SessionTimings>;
}

/**
 * Opens an engine: store, secret key, definitions; then takes over what earlier owners left running.
 * @throws `store-failed`, `secret-key-refused`, `host-failed`.
 */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  const host = options.host ?? createLocalHost();
  const home = options.home ?? defaultHome();
  await host.files.makeDirectory(home);
  const given = options.store ?? { sqlite: `${home}/optio.db` };
  const opened = "sqlite" in given;
  await using unfinished = new AsyncDisposableStack();
  const store = opened ? unfinished.adopt(await openStore(given, { clock, logger }), (open) => open.close()) : given;
  const services: RunServices = { store, host, clock, logger, tasksRoot: `${home}/tasks` };
  const kinds = new Map(options.agents.map((kind) => [kind.id, kind]));
  const tasks = new Map((options.tasks ?? []).map((task) => [task.id, task]));
  const results = new PublishedResults();
  const adhoc = new AdhocSessions({
    kinds,
    key: await openSecretKey(options.secretKeyPath ?? `${home}/secret.key`),
    timings: { ...SESSION_TIMINGS, ...options.sessionTimings },
  });
  const timings = { ...PROCESS_TIMINGS, ...options.processTimings };
  const processes = new Processes({
    services,
    dispatcher: new InProcessDispatcher(),
    results,
    me: await identifyOwner(host),
    timings,
    taskOf: async (record) => tasks.get(record.id) ?? adhoc.taskOf(record),
    launchPatch: (record, resume) => launchPatch(kinds, record, resume),
  });
  const parts: EngineParts = {
    services,
    kinds,
    processes,
    results,
    streams: new SessionStreams(store, results),
    adhoc,
  };
  await defineTasks(parts, tasks.values());
  await host.files.makeDirectory(services.tasksRoot);
  await processes.adoptOrphans();
  const stopping = new AbortController();
  void keepOwnership(parts, timings.tickMs, stopping.signal);
  unfinished.move();
  return assemble(parts, stopping, opened);
}

function assemble(parts: EngineParts, stopping: AbortController, ownsStore: boolean): Engine {
  const { services, kinds, processes, streams } = parts;
  const feed = new Feed(parts);
  return {
    store: services.store,
    processes: createEngineProcesses(parts),
    sessions: createEngineSessions(parts),
    decisions: createEngineDecisions(parts),
    agents: () => Promise.all([...kinds.values()].map(describeAgent)),
    feed: (options) => feed.follow(options),
    launchSession: (config) => launchSession(parts, config),
    async close({ detach = false } = {}) {
      stopping.abort();
      await processes.shutdown({ detach });
      streams.close();
      feed.close();
      if (ownsStore) await services.store.close();
    },
  };
}

async function describeAgent(kind: AgentKind): Promise<AgentInfo> {
  const { id, label, url, loginKinds } = kind;
  return { id, label, url, loginKinds, ...(await kind.probe()) };
}

async function launchSession(
  parts: EngineParts,
  input: object & { readonly agent?: string } & SessionHooks,
): Promise<Session> {
  const { agent = onlyKind(parts.kinds), ...config } = input;
  const { onDecision } = input;
  const { id } = await createSession(parts, agent, config, {
    given: "code",
    canAnswer: onDecision !== undefined,
    hooks: { onDecision },
  });
  const sessions = createEngineSessions(parts);
  const ports = {
    id,
    headSeq: async () => (await parts.processes.read(id)).headSeq,
    attach: (options: { after: number; signal: AbortSignal }) =>
      eachPiece(parts.streams.attach(id, options), options.signal),
    send: (text: string, mode: "auto" | "queue" | "steer") => sessions.send(id, { text, mode }),
    answer: (decisionId: string, resolution: Parameters<Engine["decisions"]["answer"]>[1]) =>
      createEngineDecisions(parts).answer(decisionId, resolution, { name: "program" }),
    interrupt: () => sessions.interrupt(id),
    async close() {
      await sessions.close(id);
      await waitForEnd(parts, id);
    },
    onTrouble: (error: unknown) =>
      parts.services.logger.error(
        { process: id, error: toOptioError(error).message },
        "a listener of a session failed",
      ),
  };
  // a listener hears from the first event of the session on
  return createSessionHandle(ports, 0);
}

function onlyKind(kinds: ReadonlyMap<string, AgentKind>): string {
  const [only, ...more] = kinds.keys();
  if (only === undefined || more.length > 0)
    throw new OptioError("invalid", `agent: name one of ${[...kinds.keys()].join(", ") || "none"}`);
  return only;
}

/** Stores definitions that are new; runs of the others are untouched. */
async function defineTasks({ services, kinds }: EngineParts, tasks: Iterable<TaskDefinition>): Promise<void> {
  for (const task of tasks) {
    if (await services.store.processes.find(task.id)) continue;
    if (task.session && !kinds.has(task.session.agent))
      throw new OptioError(
        "invalid",
        `task '${task.id}' wants the agent '${task.session.agent}', which this engine does not have`,
      );
    await services.store.processes.insert({
      id: task.id,
      kind: task.session ? "session" : "task",
      agent: task.session?.agent ?? null,
      name: task.name,
      description: task.description ?? null,
      metadata: task.metadata ?? {},
      adhoc: false,
      sealedConfig: null,
      parent: null,
      cancellable: task.cancellable ?? true,
      supportsResume: task.supportsResume ?? false,
      session: task.session ? initialFacts(task.session, null) : null,
    });
  }
}

function launchPatch(kinds: ReadonlyMap<string, AgentKind>, record: ProcessRecord, resume: boolean) {
  if (!record.session || record.agent === null || !kinds.has(record.agent)) return {};
  return { session: initialFacts(record.session, resume ? record.run : null) };
}

/** Renews leases and looks for runs whose owner is gone, until the engine stops. */
async function keepOwnership({ services, processes }: EngineParts, tickMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await services.clock.sleep(tickMs, signal);
      await processes.renewLeases();
      await processes.adoptOrphans();
    } catch (error) {
      if (signal.aborted) return;
      services.logger.error({ error: toOptioError(error).message }, "could not renew the ownership of runs");
    }
  }
}
