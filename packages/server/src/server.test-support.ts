import { createSecretKey } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Decision, Envelope, FeedFrame, LogLine, Role, SessionView } from "@optio/contract";
import { OptioError } from "@optio/contract";
import type { Clock, FeedPiece, Logger, Store, StreamPiece } from "@optio/engine";
import { openStore, systemClock } from "@optio/engine";
import { makeProcessSummary } from "../../contract/src/process-summary.test-support.ts";
import { createToken } from "./auth/tokens.ts";
import type { OptioServer, ServerOptions } from "./build-server.ts";
import { buildServer } from "./build-server.ts";
import type { ServedEngine } from "./routes/handlers.ts";

const AT = "2026-01-02T03:04:05.678Z";

/** A call of the engine: its name and arguments. */
export interface EngineCall {
  readonly name: string;
  readonly args: readonly unknown[];
}

/** A server over a real store and an engine that records its calls; knows session `s1` and decision `d1`. */
export interface TestServer extends AsyncDisposable {
  readonly server: OptioServer;
  readonly store: Store;
  readonly clock: TestClock;
  readonly calls: EngineCall[];
  /** Lines of the server's log. */
  readonly log: { readonly fields: Readonly<Record<string, unknown>>; readonly message: string }[];
  readonly tokens: Readonly<Record<Role, string>>;
  /** Pieces for whoever is attached to s1. */
  readonly session: Channel<StreamPiece>;
  readonly feed: Channel<FeedPiece>;
  /** Lines for whoever follows the log of s1. */
  readonly logLines: Channel<LogLine>;
  /** Replaces what an engine method does from now on: `"sessions.send"`. */
  stub(name: string, work: (...args: readonly unknown[]) => unknown): void;
}

/** Time that stands still until it is moved. */
export class TestClock implements Clock {
  #now = Date.UTC(2026, 0, 1);

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms, signal);
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}

/** An endless queue that one consumer at a time reads. */
export class Channel<T> {
  readonly #waiting: T[] = [];
  #wake: () => void = () => undefined;
  pulled = 0;

  push(...pieces: T[]): void {
    this.#waiting.push(...pieces);
    this.#wake();
  }

  async *read(signal: AbortSignal): AsyncGenerator<T> {
    while (!signal.aborted) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        this.pulled += 1;
        yield next;
        continue;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }
}

/** Starts a test server (not listening); the options override. */
export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const dir = mkdtempSync(join(tmpdir(), "optio-server-"));
  const store = await openStore({ sqlite: join(dir, "optio.db") });
  const clock = new TestClock();
  const calls: EngineCall[] = [];
  const log: TestServer["log"] = [];
  const stubs = new Map<string, (...args: readonly unknown[]) => unknown>();
  const session = new Channel<StreamPiece>();
  const feed = new Channel<FeedPiece>();
  const logLines = new Channel<LogLine>();
  const engine = fakeEngine({ store, calls, stubs, session, feed, logLines });
  const secretKey = createSecretKey(Buffer.alloc(32, 7));
  const server = await buildServer({ engine, logger: recordingLogger(log), secretKey, clock, ...options });
  const secretOf = async (role: Role) => (await createToken({ store, clock, name: `the ${role}`, role })).secret;
  const tokens = {
    viewer: await secretOf("viewer"),
    operator: await secretOf("operator"),
    admin: await secretOf("admin"),
  };
  return {
    server,
    store,
    clock,
    calls,
    log,
    tokens,
    session,
    feed,
    logLines,
    stub: (name, work) => void stubs.set(name, work),
    [Symbol.asyncDispose]: async () => {
      await server.close();
      await store.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

interface Parts {
  readonly store: Store;
  readonly calls: EngineCall[];
  readonly stubs: ReadonlyMap<string, (...args: readonly unknown[]) => unknown>;
  readonly session: Channel<StreamPiece>;
  readonly feed: Channel<FeedPiece>;
  readonly logLines: Channel<LogLine>;
}

/** Every method of the interface: notes its call, then does what its stub says or gives a fixed answer. */
function fakeEngine({ store, calls, stubs, session, feed, logLines }: Parts): ServedEngine {
  const method =
    <A extends readonly unknown[], R>(name: string, work: (...args: A) => R) =>
    async (...args: A): Promise<Awaited<R>> => {
      calls.push({ name, args });
      const stub = stubs.get(name);
      return (await (stub ? (stub(...args) as R) : work(...args))) as Awaited<R>;
    };
  const known = <T>(id: string, value: T): T => {
    if (id === "s1" || id === "d1") return value;
    throw new OptioError("not-found", `nothing has the id '${id}'`);
  };
  const processView = method("processes.view", (id: string) => known(id, PROCESS));
  return {
    store,
    processes: {
      list: method("processes.list", () => ({ items: [PROCESS], next: null })),
      get: method("processes.get", (id: string) => known(id, PROCESS)),
      tree: method("processes.tree", (id: string) => known(id, { items: [PROCESS], next: null })),
      log: method("processes.log", (id: string) => known(id, { items: [], next: null })),
      followLog: (id, { signal, ...query }) => {
        calls.push({ name: "processes.followLog", args: [id, query] });
        return logLines.read(signal);
      },
      launch: method("processes.launch", (id: string) => known(id, PROCESS)),
      cancel: method("processes.cancel", (id: string) => known(id, PROCESS)),
      dismiss: method("processes.dismiss", (id: string) => known(id, PROCESS)),
      run: processView,
      launchForResult: () => Promise.reject(new Error("no route asks for it")),
      define: method("processes.define", () => PROCESS),
      remove: method("processes.remove", (id: string) => known(id, undefined)),
      waitForEnd: processView,
    },
    sessions: {
      create: method("sessions.create", () => SESSION),
      get: method("sessions.get", (id: string) => known(id, SESSION)),
      events: method("sessions.events", (id: string) => known(id, { items: [envelope(1)], next: 1 })),
      attach: (id, { after, signal }) => {
        calls.push({ name: "sessions.attach", args: [id, after] });
        return session.read(signal);
      },
      async *attachBatches(id, { after, signal }) {
        calls.push({ name: "sessions.attach", args: [id, after] });
        for await (const piece of session.read(signal)) yield [piece];
      },
      send: method("sessions.send", (id: string) => known(id, { messageId: "m1", state: "queued" as const })),
      editMessage: method("sessions.editMessage", (id: string) =>
        known(id, { messageId: "m1", state: "queued" as const }),
      ),
      dropMessage: method("sessions.dropMessage", (id: string) => known(id, undefined)),
      interrupt: method("sessions.interrupt", (id: string) => known(id, { turnId: "t1" })),
      close: method("sessions.close", (id: string) => known(id, SESSION)),
      login: method("sessions.login", (id: string) => known(id, { loginId: "l1" })),
    },
    decisions: {
      list: method("decisions.list", () => ({ items: [DECISION], next: null })),
      get: method("decisions.get", (id: string) => known(id, DECISION)),
      answer: method("decisions.answer", (id: string) => known(id, DECISION)),
    },
    groups: {
      cancel: method("groups.cancel", () => ({ cancelled: 2, ended: true, purged: 0, blockId: null })),
    },
    blocks: {
      list: method("blocks.list", () => [BLOCK]),
      add: method("blocks.add", () => BLOCK),
      lift: method("blocks.lift", () => 1),
    },
    resync: method("resync", () => ({ defined: 3, added: ["a"], removed: [] })),
    agents: method("agents", () => [
      { id: "a", label: "A", url: "", version: null, available: true, problem: null, loginKinds: ["apiKey" as const] },
    ]),
    async *feed({ after, filter, signal }) {
      calls.push({ name: "feed", args: filter === undefined ? [after] : [after, filter] });
      for await (const piece of feed.read(signal)) yield [piece];
    },
  };
}

/** A durable event of s1. */
export function envelope(seq: number, text = "hello"): Envelope {
  return { seq, at: AT, run: 1, event: { type: "attention.requested", reason: text } };
}

/** A frame of the feed. */
export function feedFrame(pending: number): FeedFrame {
  return { type: "decisions", pending };
}

function recordingLogger(log: TestServer["log"]): Logger {
  const write = (fields: Readonly<Record<string, unknown>>, message: string) => void log.push({ fields, message });
  const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
  return logger;
}

const PROCESS = makeProcessSummary({ id: "s1", name: "one", kind: "session", headSeq: 1 });

const BLOCK = { id: "b1", filter: { "metadata.team": "a" }, reason: null, persistent: true, createdAt: Date.parse(AT) };

const SESSION: SessionView = {
  id: "s1",
  run: 1,
  state: "running",
  name: "one",
  description: null,
  metadata: {},
  agent: "a",
  live: true,
  phase: "idle",
  headSeq: 1,
  thread: { id: "th1" },
  login: { required: false, kinds: [] },
  usage: null,
  limits: null,
  queue: [],
  controls: [],
  decisions: [],
  view: { tools: true, reasoning: true, controls: true, upload: true, download: true, terminal: true },
  workspace: "/w",
  model: null,
  scripted: false,
  posture: null,
  error: null,
  createdAt: AT,
};

const DECISION: Decision = {
  id: "d1",
  processId: "s1",
  run: 1,
  kind: "command",
  state: "pending",
  request: { command: "ls" },
  options: ["accept", "decline"],
  requestedAt: AT,
};
