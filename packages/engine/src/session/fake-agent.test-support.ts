import type { Duplex } from "node:stream";
import type { DecisionResolution, Item } from "@optio/contract";
import { OptioError } from "@optio/contract";
import type {
  AgentConnection,
  AgentDriver,
  AgentDriverOptions,
  AgentFact,
  AgentKind,
  AgentTurn,
  SessionConfig,
} from "../agent/agent-kind.ts";

/** A request that reached the fake agent. */
export interface AgentCall {
  readonly method: string;
  readonly request: unknown;
}

type StartRequest = Parameters<AgentConnection["startTurn"]>[0];
type SteerRequest = Parameters<AgentConnection["steer"]>[0];

/** Listens on its last argument and holds every connection open. */
const LISTENER = "require('node:net').createServer(()=>{}).listen(process.argv[1])";

/**
 * An agent in the hand of a test: it drives the engine's own state machine and proves nothing about a real agent. Its program is
 * real, so that kills, exits and restarts are.
 */
export class FakeAgent {
  /** Every connection in the order of connecting. */
  readonly connections: FakeConnection[] = [];
  readonly calls: AgentCall[] = [];
  /** Threads that the agent finds again. */
  readonly threads = new Set<string>();
  /** What it remembers, of whatever thread. */
  history: readonly AgentTurn[] = [];
  loginRequired = false;
  /** What its program does when it is started. */
  program: "listen" | "exit" | "silence" = "listen";
  prepareError: OptioError | undefined;
  startTurn: (request: StartRequest) => Promise<{ turnId: string }> = async () => ({ turnId: this.nextTurnId() });
  steer: (request: SteerRequest) => Promise<void> = async () => undefined;
  readonly kind: AgentKind;
  #turns = 0;
  #changed = Promise.withResolvers<void>();

  constructor() {
    this.kind = fakeKind(this);
  }

  nextTurnId(): string {
    this.#turns += 1;
    return `turn-${this.#turns}`;
  }

  noteCall(method: string, request: unknown): void {
    this.calls.push({ method, request });
    this.noteChange();
  }

  noteChange(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Requests of that kind so far. */
  callsOf(method: string): unknown[] {
    return this.calls.filter((call) => call.method === method).map((call) => call.request);
  }

  /** The requests of that kind once there are so many. */
  async untilCalled(method: string, count = 1): Promise<unknown[]> {
    while (this.callsOf(method).length < count) await this.#changed.promise;
    return this.callsOf(method);
  }

  /** The n-th connection once it exists. */
  async connection(nth = 1): Promise<FakeConnection> {
    for (;;) {
      const connection = this.connections[nth - 1];
      if (connection) return connection;
      await this.#changed.promise;
    }
  }
}

/** A connection whose notices a test sends. */
export class FakeConnection implements AgentConnection {
  readonly closed: Promise<{ reason: string }>;
  readonly facts: AsyncIterable<AgentFact>;
  readonly #agent: FakeAgent;
  readonly #stream: Duplex | undefined;
  readonly #waiting: AgentFact[] = [];
  readonly #closing = Promise.withResolvers<{ reason: string }>();
  #wake = Promise.withResolvers<void>();
  #over = false;

  constructor(agent: FakeAgent, stream?: Duplex) {
    this.#agent = agent;
    this.#stream = stream;
    this.closed = this.#closing.promise;
    this.facts = this.#read();
    stream?.on("error", () => undefined);
    stream?.on("close", () => this.drop("the stream ended"));
    stream?.resume();
    agent.connections.push(this);
    agent.noteChange();
  }

  /** Sends notices to the engine. */
  tell(...facts: AgentFact[]): void {
    this.#waiting.push(...facts);
    this.#wake.resolve();
  }

  /** Ends the connection from the agent's side. */
  drop(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#closing.resolve({ reason });
    this.#wake.resolve();
  }

  async loginState(): Promise<{ required: boolean }> {
    this.#call("loginState", undefined);
    return { required: this.#agent.loginRequired };
  }

  async login(request: { type: "apiKey"; apiKey: string }): Promise<void> {
    this.#call("login", request);
    if (request.apiKey === "bad") throw new OptioError("login-failed", "the key is not valid");
    this.#agent.loginRequired = false;
  }

  async startThread(): Promise<{ threadId: string; model: string | null }> {
    this.#call("startThread", undefined);
    const threadId = `thread-${this.#agent.callsOf("startThread").length}`;
    this.#agent.threads.add(threadId);
    return { threadId, model: "fake-model" };
  }

  async resumeThread(threadId: string): Promise<{ threadId: string; model: string | null } | undefined> {
    this.#call("resumeThread", threadId);
    return this.#agent.threads.has(threadId) ? { threadId, model: null } : undefined;
  }

  async turnsSince(threadId: string, isSettled: (turnId: string) => Promise<boolean>): Promise<AgentTurn[]> {
    this.#call("turnsSince", threadId);
    const turns: AgentTurn[] = [];
    for (const turn of this.#agent.history.toReversed()) {
      if (await isSettled(turn.turnId)) break;
      turns.unshift(turn);
    }
    return turns;
  }

  startTurn(request: StartRequest): Promise<{ turnId: string }> {
    this.#call("startTurn", request);
    return this.#agent.startTurn(request);
  }

  steer(request: SteerRequest): Promise<void> {
    this.#call("steer", request);
    return this.#agent.steer(request);
  }

  async interrupt(request: { threadId: string; turnId: string }): Promise<void> {
    this.#call("interrupt", request);
  }

  async answer(demand: { agentKey: string }, resolution: DecisionResolution): Promise<void> {
    this.#call("answer", { agentKey: demand.agentKey, resolution });
  }

  async ping(): Promise<void> {
    this.#call("ping", undefined);
  }

  async close(): Promise<void> {
    this.#stream?.destroy();
    this.drop("closed here");
  }

  #call(method: string, request: unknown): void {
    if (this.#over) throw new OptioError("agent-closed", `the connection is over: ${method} was not sent`);
    this.#agent.noteCall(method, request);
  }

  async *#read(): AsyncGenerator<AgentFact> {
    for (;;) {
      const fact = this.#waiting.shift();
      if (fact) yield fact;
      else if (this.#over) return;
      else {
        await this.#wake.promise;
        this.#wake = Promise.withResolvers<void>();
      }
    }
  }
}

function fakeKind(agent: FakeAgent): AgentKind {
  return {
    id: "fake",
    label: "Fake agent",
    url: "https://example.org",
    loginKinds: ["apiKey"],
    parseConfig(input, { canAnswer }) {
      const { apiKey, ...keys } = { ...(input as { apiKey?: string }), approvals: canAnswer };
      return { config: { ...CONFIG, ...keys }, secrets: apiKey === undefined ? {} : { apiKey } };
    },
    restoreConfig: (stored) => ({ ...CONFIG, ...(stored as object) }),
    describe: () => ({ model: null, scripted: true }),
    probe: async () => ({ version: "1.0.0", available: true, problem: null }),
    checkMessage: () => undefined,
    createDriver: (options) => fakeDriver(agent, options),
  };
}

/** Every key at its default. */
export const CONFIG: SessionConfig = {
  metadata: {},
  autoStart: false,
  source: "none",
  supportsResume: true,
  keepWorkspaceOnFailure: true,
  recover: "resume",
  orphanAfterMs: 60 * 60 * 1_000,
};

const PROGRAMS = {
  listen: (socket: string) => ({ command: process.execPath, args: ["-e", LISTENER, socket] }),
  exit: () => ({ command: "/bin/sh", args: ["-c", "echo cannot read my files >&2; exit 3"] }),
  silence: () => ({ command: "/bin/sleep", args: ["300"] }),
};

function fakeDriver(agent: FakeAgent, { dirs, host, config }: AgentDriverOptions): AgentDriver {
  const socket = `${dirs.control}/s`;
  return {
    async prepare() {
      agent.noteCall("prepare", dirs);
      if (agent.prepareError) throw agent.prepareError;
      await host.files.makeDirectory(dirs.home);
      return { version: "1.0.0" };
    },
    async resolvePosture() {
      const writableRoots = [dirs.workspace];
      return { sandbox: "none", approvals: "never", networkAccess: false, containment: "none", writableRoots };
    },
    async writeInstructions(text) {
      agent.noteCall("writeInstructions", text ?? config.instructions);
    },
    serverCommand: async () => ({
      ...PROGRAMS[agent.program](socket),
      env: { HOME: dirs.home, PATH: "/usr/bin:/bin" },
      cwd: dirs.workspace,
    }),
    socketPath: async () => socket,
    clearSocket: () => host.files.remove(socket),
    connect: async (stream) => new FakeConnection(agent, stream),
    explainFailure(exitCode, said) {
      const words = said.trim() || "it said nothing";
      return { code: "agent-exited", message: `the fake agent ended with ${exitCode}: ${words}` };
    },
  };
}

/** Facts of one thread, with the fields that no test cares about filled in. */
export const facts = {
  turnStarted: (turnId: string, threadId = "thread-1"): AgentFact => ({ type: "turn.started", threadId, turnId }),
  turnCompleted: (
    turnId: string,
    status: "completed" | "interrupted" | "failed" = "completed",
    threadId = "thread-1",
  ): AgentFact => ({ type: "turn.completed", threadId, turnId, status }),
  started: (turnId: string, item: Item, threadId = "thread-1"): AgentFact => ({
    type: "item.started",
    threadId,
    turnId,
    item,
  }),
  completed: (turnId: string, item: Item, threadId = "thread-1"): AgentFact => ({
    type: "item.completed",
    threadId,
    turnId,
    item,
  }),
  delta: (
    turnId: string,
    itemId: string,
    append: string,
    channel: "text" | "reasoning" | "output" = "text",
  ): AgentFact => ({ type: "item.delta", threadId: "thread-1", turnId, itemId, channel, append }),
  asked: (agentKey: string, turnId: string, itemId?: string): AgentFact => ({
    type: "decision.requested",
    request: {
      agentKey,
      kind: "command",
      threadId: "thread-1",
      turnId,
      itemId,
      request: { command: "rm -rf /" },
      options: ["accept", "decline"],
    },
  }),
  settled: (agentKey: string): AgentFact => ({ type: "decision.settled", agentKey }),
} as const;

/** An item of the agent. */
export function anItem(id: string, kind = "agentMessage", fields: Record<string, unknown> = {}): Item {
  const own = kind === "agentMessage" ? { text: "" } : {};
  return { id, kind, status: "inProgress", ...own, ...fields };
}

/** The item by which a message is seen. */
export function aUserItem(messageId: string, id = `item-of-${messageId}`): Item {
  return { id, kind: "userMessage", status: "completed", content: [], messageId };
}

/** A whole turn that answers a message, as notices. */
export function answered(turnId: string, messageId: string, text: string): AgentFact[] {
  return [
    facts.turnStarted(turnId),
    facts.completed(turnId, aUserItem(messageId)),
    facts.completed(turnId, anItem(`answer-${turnId}`, "agentMessage", { text, status: "completed" })),
    facts.turnCompleted(turnId),
  ];
}
