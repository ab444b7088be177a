import { mkdtemp, rm } from "node:fs/promises";
import type { EventOf, OptioEvent, ProcessState } from "@optio/contract";
import { END_STATES, stateIn } from "@optio/contract";
import { InProcessDispatcher } from "../dispatch/in-process/in-process-dispatcher.ts";
import type { Host } from "../host/host.ts";
import { createLocalHost } from "../host/local/local-host.ts";
import { systemClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { identifyOwner } from "../process/ownership.ts";
import { PROCESS_TIMINGS, Processes } from "../process/processes.ts";
import { PublishedResults } from "../process/published-results.ts";
import { openSqliteForTest } from "../store/sqlite.test-support.ts";
import type { ProcessRecord, Store } from "../store/store.ts";
import { aProcess } from "../testing/store/fixtures.ts";
import type { FakeConnection } from "./fake-agent.test-support.ts";
import { CONFIG, FakeAgent } from "./fake-agent.test-support.ts";
import { LiveSession } from "./live-session.ts";
import { initialFacts } from "./open-work.ts";
import { runSession } from "./run-session.ts";
import type { SessionTimings } from "./session-work.ts";
import { SESSION_TIMINGS } from "./session-work.ts";

type EventType = OptioEvent["type"];

const TIMINGS: SessionTimings = {
  ...SESSION_TIMINGS,
  termGraceMs: 200,
  killGraceMs: 2_000,
  restartDelaysMs: [0, 0],
};

/** One engine's half of a room. */
export interface RunEngine {
  readonly processes: Processes;
  /** The session "p" as this engine holds it, once it does. */
  session(): Promise<LiveSession>;
}

/** The session "p", whose program is real, over a real store; its agent is a fake. Disposing ends every program of it. */
export interface RunRoom extends AsyncDisposable {
  readonly store: Store;
  readonly host: Host;
  readonly agent: FakeAgent;
  /** Task directories of all processes. */
  readonly tasksRoot: string;
  readonly directory: string;
  engine(): Promise<RunEngine>;
  /** Launches and waits for the n-th connection. */
  launch(engine: RunEngine, options?: { resume?: boolean; nth?: number }): Promise<FakeConnection>;
  until(isSuch: (state: ProcessState) => boolean): Promise<ProcessRecord>;
  ended(): Promise<ProcessRecord>;
  events<T extends EventType>(...types: T[]): Promise<EventOf<T>[]>;
  untilEvents<T extends EventType>(type: T, count?: number): Promise<EventOf<T>[]>;
}

/** Opens a room whose session has this configuration. */
export async function openRunRoom(
  options: { config?: Partial<typeof CONFIG>; timings?: Partial<SessionTimings> } = {},
): Promise<RunRoom> {
  const under = await openSqliteForTest();
  const { store } = under;
  const directory = await mkdtemp("/var/tmp/optio-run-");
  const host = createLocalHost();
  const agent = new FakeAgent();
  const tasksRoot = `${directory}/tasks`;
  const config = { ...CONFIG, ...options.config };
  const facts = initialFacts({ model: null, scripted: true }, null);
  await host.files.makeDirectory(tasksRoot);
  await store.processes.insert(aProcess("p", { session: facts }));
  const timings = { ...TIMINGS, ...options.timings };
  const events = async <T extends EventType>(...types: T[]): Promise<EventOf<T>[]> => {
    const envelopes = await store.events.list("p", { limit: 5_000 });
    return envelopes.flatMap(({ event }) => (isOneOf(event, types) ? [event] : []));
  };
  /** Looks again after every commit until the look finds something. */
  const look = async <T>(find: () => Promise<T | undefined>): Promise<T> => {
    for (;;) {
      const next = Promise.withResolvers<void>();
      using _ = store.onCommit(() => next.resolve());
      const found = await find();
      if (found !== undefined) return found;
      await next.promise;
    }
  };
  const until = (isSuch: (state: ProcessState) => boolean) =>
    look(async () => {
      const record = await store.processes.find("p");
      return record && isSuch(record.state) ? record : undefined;
    });
  return {
    store,
    host,
    agent,
    tasksRoot,
    directory,
    until,
    events,
    ended: () => until((state) => stateIn(state, END_STATES)),
    untilEvents: (type, count = 1) =>
      look(async () => {
        const found = await events(type);
        return found.length >= count ? found : undefined;
      }),
    async engine() {
      const results = new PublishedResults();
      const services = { store, host, clock: systemClock, logger: silentLogger, tasksRoot };
      const setup = { kind: agent.kind, config, secrets: {}, hooks: {}, timings };
      const session = { agent: "fake", model: null, scripted: true };
      const processes = new Processes({
        services,
        dispatcher: new InProcessDispatcher(),
        results,
        me: await identifyOwner(host),
        timings: PROCESS_TIMINGS,
        taskOf: async () => ({ id: "p", name: "P", session, execute: (ctx) => runSession(ctx, setup) }),
        sessionFacts: (given) => initialFacts(given, null),
        launchPatch: (record, resume) => ({ session: initialFacts(session, resume ? record.run : null) }),
      });
      return {
        processes,
        session: () =>
          look(async () => {
            const found = results.find("p");
            return found instanceof LiveSession ? found : undefined;
          }),
      };
    },
    async launch(engine, { resume = false, nth = 1 } = {}) {
      await engine.processes.launch("p", { resume });
      const connection = await agent.connection(nth);
      await look(async () => ((await store.processes.find("p"))?.session?.phase === "idle" ? true : undefined));
      return connection;
    },
    async [Symbol.asyncDispose]() {
      await host.processes.killMarked(directory);
      await under[Symbol.asyncDispose]();
      // a program that was starting when it was killed may still make its directory
      await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
}

function isOneOf<T extends EventType>(event: OptioEvent, types: readonly T[]): event is EventOf<T> {
  return types.some((type) => type === event.type);
}
