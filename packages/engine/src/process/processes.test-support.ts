import type { ProcessState } from "@optio/contract";
import { END_STATES, stateIn } from "@optio/contract";
import { InProcessDispatcher } from "../dispatch/in-process/in-process-dispatcher.ts";
import { createLocalHost } from "../host/local/local-host.ts";
import type { Clock } from "../kernel/clock.ts";
import { systemClock } from "../kernel/clock.ts";
import type { FakeClock } from "../kernel/fake-clock.test-support.ts";
import type { Logger } from "../kernel/logger.ts";
import { silentLogger } from "../kernel/logger.ts";
import { openPostgresForTest } from "../store/postgres.test-support.ts";
import { openSqliteForTest } from "../store/sqlite.test-support.ts";
import type { NewProcess, ProcessRecord, Store } from "../store/store.ts";
import type { StoreUnderTest } from "../testing/store/fixtures.ts";
import { aProcess, sessionFacts } from "../testing/store/fixtures.ts";
import type { OwnerIdentity } from "./ownership.ts";
import { identifyOwner } from "./ownership.ts";
import type { ProcessesOptions, ProcessTimings } from "./processes.ts";
import { PROCESS_TIMINGS, Processes } from "./processes.ts";
import { PublishedResults } from "./published-results.ts";
import type { ProcessContext, RunServices, TaskDefinition } from "./task.ts";

/** One engine's processes over a store, and what a test looks at. */
export interface ProcessesUnderTest {
  readonly processes: Processes;
  readonly dispatcher: InProcessDispatcher;
  readonly results: PublishedResults;
  readonly services: RunServices;
  readonly me: OwnerIdentity;
}

/** A store of its own with any number of engines on it; disposing closes the store. */
export interface ProcessRoom extends AsyncDisposable {
  readonly store: Store;
  /** Adds a process and its task to every engine of the room. */
  define(
    task: Partial<TaskDefinition> & Pick<TaskDefinition, "execute">,
    kind?: "session" | "task",
    record?: Partial<NewProcess>,
  ): Promise<void>;
  /** Opens one more engine on the store. */
  engine(options?: {
    clock?: Clock;
    me?: Partial<OwnerIdentity>;
    timings?: Partial<ProcessTimings>;
    /** A process whose task this engine cannot read. */
    unreadable?: string;
    parts?: Partial<ProcessesOptions>;
    logger?: Logger;
  }): Promise<ProcessesUnderTest>;
  /** Moves of the process so far, as "from>to", with the reason where there is one. */
  moves(id?: string): Promise<string[]>;
  /** The record once its run has ended. */
  ended(id?: string): Promise<ProcessRecord>;
}

/** Opens an empty store for a test. */
export type OpenStore = () => Promise<StoreUnderTest>;

/** The stores on which the suites run whose subject writes through the store from several sides. */
export const STORES: readonly { readonly name: string; readonly open: OpenStore }[] = [
  { name: "SQLite", open: openSqliteForTest },
  { name: "PostgreSQL", open: openPostgresForTest },
];

/** Opens a room; `define` names its process "p" unless told otherwise. */
export async function openProcessRoom(open: OpenStore = openSqliteForTest): Promise<ProcessRoom> {
  const under = await open();
  const { store } = under;
  const host = createLocalHost();
  const tasks = new Map<string, TaskDefinition>();
  return {
    store,
    async define(task, kind = "task", record = {}) {
      const definition = { id: "p", name: "P", ...task };
      tasks.set(definition.id, definition);
      const { cancellable = true, supportsResume = false } = definition;
      await store.processes.insert(
        aProcess(definition.id, { kind, cancellable, supportsResume, session: null, ...record }),
      );
    },
    async engine({ clock = systemClock, me, timings, unreadable, parts, logger = silentLogger } = {}) {
      const services = { store, host, clock, logger, tasksRoot: "/nowhere" };
      const dispatcher = new InProcessDispatcher();
      const results = new PublishedResults();
      const identity = { ...(await identifyOwner(host)), ...me };
      const processes = new Processes({
        services,
        dispatcher,
        results,
        me: identity,
        timings: { ...PROCESS_TIMINGS, ...timings },
        async taskOf(record) {
          if (record.id === unreadable) throw new Error("the stored configuration cannot be read");
          return tasks.get(record.id);
        },
        launchPatch: () => ({}),
        sessionFacts: (session) => sessionFacts(session),
        ...parts,
      });
      return { processes, dispatcher, results, services, me: identity };
    },
    async moves(id = "p") {
      const events = await store.events.list(id, { limit: 1_000 });
      return events.flatMap(({ event }) =>
        event.type === "process.state_changed"
          ? [`${event.from}>${event.to}${event.reason === undefined ? "" : ` (${event.reason})`}`]
          : [],
      );
    },
    ended: (id = "p") => untilState(store, id, (state) => stateIn(state, END_STATES)),
    [Symbol.asyncDispose]: () => under[Symbol.asyncDispose](),
  };
}

/** Moves a fake clock past a grace, and then on and on until the ends by force that follow are written. */
export async function passGrace(clock: FakeClock, ended: Promise<unknown>, graceMs = 5_000): Promise<void> {
  await clock.untilSleeping();
  clock.advance(graceMs);
  const over = new AbortController();
  void ended.finally(() => over.abort());
  while (!over.signal.aborted) {
    await Promise.race([ended, clock.untilSleeping()]);
    if (!over.signal.aborted) clock.advance(PROCESS_TIMINGS.forceShieldMs);
  }
}

/** The record as soon as its state is such a one. */
export async function untilState(
  store: Store,
  id: string,
  isSuch: (state: ProcessState) => boolean,
): Promise<ProcessRecord> {
  const reached = Promise.withResolvers<void>();
  using _ = store.onCommit(({ processId, envelopes }) => {
    for (const { event } of envelopes) {
      if (processId === id && event.type === "process.state_changed" && isSuch(event.to)) reached.resolve();
    }
  });
  const record = await store.processes.find(id);
  if (record && isSuch(record.state)) return record;
  await reached.promise;
  const moved = await store.processes.find(id);
  if (!moved) throw new Error(`process '${id}' is gone`);
  return moved;
}

/** A task body that a test holds in its hand. */
export function heldBody() {
  const begun = Promise.withResolvers<ProcessContext>();
  const end = Promise.withResolvers<unknown>();
  return {
    begun: begun.promise,
    end: end.resolve,
    fail: end.reject,
    /** Ignores its signal. */
    execute(ctx: ProcessContext): Promise<unknown> {
      begun.resolve(ctx);
      return end.promise;
    },
    /** Heeds its signal. */
    executeHeeding(ctx: ProcessContext): Promise<unknown> {
      begun.resolve(ctx);
      if (ctx.signal.aborted) end.reject(ctx.signal.reason);
      ctx.signal.addEventListener("abort", () => end.reject(ctx.signal.reason));
      return end.promise;
    },
  };
}
