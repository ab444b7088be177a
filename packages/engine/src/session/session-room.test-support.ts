import type { EventOf, OptioEvent } from "@optio/contract";
import { createLocalHost } from "../host/local/local-host.ts";
import type { Clock } from "../kernel/clock.ts";
import { systemClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { NO_CHILDREN } from "../process/context.test-support.ts";
import { createContext } from "../process/context.ts";
import { PublishedResults } from "../process/published-results.ts";
import { openSqliteForTest } from "../store/sqlite.test-support.ts";
import type { OwnerKey, Store, StoredMessage } from "../store/store.ts";
import { claimed } from "../testing/store/fixtures.ts";
import type { Arrival } from "./attach-thread.ts";
import { attachThread } from "./attach-thread.ts";
import { CONFIG, FakeAgent, FakeConnection } from "./fake-agent.test-support.ts";
import { LiveSession } from "./live-session.ts";
import type { SessionSetup } from "./open-work.ts";
import { initialFacts, openWork } from "./open-work.ts";
import { SESSION_TIMINGS } from "./session-work.ts";

type EventType = OptioEvent["type"];

/** A session without a program: its connection is a fake, its store is real. */
export interface SessionRoom extends AsyncDisposable {
  readonly store: Store;
  readonly agent: FakeAgent;
  readonly session: LiveSession;
  readonly key: OwnerKey;
  /** Connects anew and attaches the thread as `arrival`. */
  attach(arrival?: Arrival): Promise<FakeConnection>;
  /** A new owner of the same run, as after a restart of the server. */
  restart(): Promise<void>;
  /** Events of these types so far. */
  events<T extends EventType>(...types: T[]): Promise<EventOf<T>[]>;
  /** Events of the type once there are so many. */
  untilEvents<T extends EventType>(type: T, count?: number): Promise<EventOf<T>[]>;
  unsent(): Promise<StoredMessage[]>;
}

/** Opens a room with a scheduled session "p" whose work is ready and not attached. */
export async function openSessionRoom(
  options: { config?: Partial<SessionSetup["config"]>; clock?: Clock; setup?: Partial<SessionSetup> } = {},
): Promise<SessionRoom> {
  const under = await openSqliteForTest();
  const { store } = under;
  const agent = new FakeAgent();
  const session = initialFacts({ model: null, scripted: true }, null);
  const key = await claimed(store);
  await store.asOwner(key, (tx) => tx.patch({ session }));
  const open = () => openLive(store, agent, options);
  let live = await open();
  return {
    store,
    agent,
    get session() {
      return live;
    },
    get key() {
      return live.work.ctx.key;
    },
    async attach(arrival = "fresh") {
      const connection = new FakeConnection(agent);
      live.work.connection = connection;
      await attachThread(live, arrival, new AbortController().signal);
      return connection;
    },
    async restart() {
      const record = await store.processes.find("p");
      if (!record?.owner) throw new Error("the session has no owner");
      await store.processes.takeOver("p", record, { ...record.owner, pid: record.epoch + 1 });
      live = await open();
    },
    events: (...types) => eventsOf(store, types),
    async untilEvents(type, count = 1) {
      for (;;) {
        const next = Promise.withResolvers<void>();
        using _ = store.onCommit(() => next.resolve());
        const found = await eventsOf(store, [type]);
        if (found.length >= count) return found;
        await next.promise;
      }
    },
    unsent: () => store.messages.unsent("p", 1),
    [Symbol.asyncDispose]: () => under[Symbol.asyncDispose](),
  };
}

async function eventsOf<T extends EventType>(store: Store, types: readonly T[]): Promise<EventOf<T>[]> {
  const envelopes = await store.events.list("p", { limit: 5_000 });
  return envelopes.flatMap(({ event }) => (isOneOf(event, types) ? [event] : []));
}

async function openLive(
  store: Store,
  agent: FakeAgent,
  {
    config,
    clock = systemClock,
    setup,
  }: { config?: Partial<SessionSetup["config"]>; clock?: Clock; setup?: Partial<SessionSetup> },
): Promise<LiveSession> {
  const record = await store.processes.find("p");
  if (!record) throw new Error("the session is gone");
  const services = { store, host: createLocalHost(), clock, logger: silentLogger, tasksRoot: "/var/tmp/optio-nowhere" };
  const signals = { cancel: new AbortController().signal, detach: new AbortController().signal };
  const results = new PublishedResults();
  const { context: ctx } = createContext({ record, mode: "fresh", signals, services, results, children: NO_CHILDREN });
  const { work } = await openWork(ctx, {
    kind: agent.kind,
    config: { ...CONFIG, ...config },
    secrets: {},
    hooks: {},
    timings: SESSION_TIMINGS,
    ...setup,
  });
  work.posture = await work.driver.resolvePosture(new AbortController().signal);
  return new LiveSession(work);
}

function isOneOf<T extends EventType>(event: OptioEvent, types: readonly T[]): event is EventOf<T> {
  return types.some((type) => type === event.type);
}
