import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ApiClient, CodexSessionInput, Decision, Envelope, MessageMode, Role, SessionView } from "@optio/contract";
import { createApiClient, envelopeSchema, unwrap } from "@optio/contract";
import type { ScriptedModel, Step } from "@optio/engine/scripted-model";
import { startScriptedModel } from "@optio/engine/scripted-model";
import { LogFollower } from "./log-follower.ts";
import { processesNaming } from "./process-look.ts";
import type { ServerOptions, ServerProcess } from "./server-process.ts";
import { startServer } from "./server-process.ts";

/** A home, a scripted model and a server that comes and goes; disposing it leaves neither process nor file. */
export class World implements AsyncDisposable {
  /** Directory of everything: `home` of the server and what a test puts beside it. */
  readonly root: string;
  readonly home: string;
  readonly model: ScriptedModel;
  readonly token = `test-${randomUUID()}`;
  readonly #sessionTimings: ServerOptions["sessionTimings"];
  readonly #followers: LogFollower[] = [];
  #server: ServerProcess | undefined;
  #up = Promise.withResolvers<string>();
  #port = 0;

  /** With `sessionTimings` the server has these times in place of the usual ones. */
  static async create(options: { sessionTimings?: Readonly<Record<string, unknown>> } = {}): Promise<World> {
    const root = await mkdtemp("/var/tmp/optio-e2e-");
    return new World(root, await startScriptedModel(), options.sessionTimings);
  }

  private constructor(root: string, model: ScriptedModel, sessionTimings: ServerOptions["sessionTimings"]) {
    this.root = root;
    this.home = join(root, "home");
    this.model = model;
    this.#sessionTimings = sessionTimings;
  }

  /** Starts a server, on the same port as before. */
  async start(flags: readonly string[] = []): Promise<void> {
    const { home, token } = this;
    const options = { home, token, port: this.#port, flags, sessionTimings: this.#sessionTimings };
    this.#server = await startServer(options);
    this.#port = this.#server.port;
    this.#up.resolve(this.#server.url);
  }

  /** Ends the server and waits for its end. Returns what it wrote to its standard error. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<string> {
    const server = this.#server;
    if (!server) throw new Error("no server runs");
    this.#server = undefined;
    // whoever loses its connection waits for the next server
    this.#up = Promise.withResolvers();
    return server.end(signal);
  }

  /** SIGKILL and a new start. */
  async crash(): Promise<void> {
    await this.end("SIGKILL");
    await this.start();
  }

  /** Address of the present server. */
  get url(): string {
    return this.#requireServer().url;
  }

  /** The one-time link of the present server. */
  get loginUrl(): string {
    return this.#requireServer().loginUrl ?? "";
  }

  /** The typed client of the present server. */
  get client(): ApiClient {
    return createApiClient({ baseUrl: this.url, token: this.token });
  }

  /** Makes a token of a role. */
  async createToken(role: Role): Promise<string> {
    const body = { name: `a ${role}`, role };
    return (await unwrap(this.client.POST("/tokens", { body }))).token;
  }

  /** Creates a session on the scripted model. */
  async createSession(config: CodexSessionInput = {}): Promise<SessionView> {
    const { codexConfig, ...rest } = config;
    const body = { agent: "codex" as const, codexConfig: { ...this.model.codexConfig(), ...codexConfig }, ...rest };
    return unwrap(this.client.POST("/sessions", { body }));
  }

  async view(id: string): Promise<SessionView> {
    return unwrap(this.client.GET("/sessions/{id}", { params: { path: { id } } }));
  }

  async send(id: string, text: string, mode: MessageMode = "auto") {
    return unwrap(this.client.POST("/sessions/{id}/turns", { params: { path: { id } }, body: { text, mode } }));
  }

  async decide(id: string, decision: "accept" | "decline"): Promise<Decision> {
    return unwrap(this.client.POST("/decisions/{id}", { params: { path: { id } }, body: { decision } }));
  }

  async close(id: string): Promise<SessionView> {
    return unwrap(this.client.POST("/sessions/{id}/close", { params: { path: { id } }, body: {} }));
  }

  /** The whole log, as pages give it. */
  async log(id: string): Promise<Envelope[]> {
    const headers = { accept: "application/json" };
    const envelopes: Envelope[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const params: { path: { id: string }; query: { after: number } } = { path: { id }, query: { after } };
      const page = await unwrap(this.client.GET("/sessions/{id}/events", { params, headers }));
      envelopes.push(...page.items.map((item) => envelopeSchema.parse(item)));
      after = page.next;
    }
    return envelopes;
  }

  /** The address of the server, when one is there. */
  whenUp(): Promise<string> {
    return this.#up.promise;
  }

  /** Follows a session's stream over every restart of the server. */
  follow(id: string, token = this.token): LogFollower {
    const follower = new LogFollower({ id, token, whenUp: () => this.whenUp() });
    this.#followers.push(follower);
    return follower;
  }

  /** The task directory of a process's run. */
  taskDirectory(id: string, run = 1): string {
    return join(this.home, "tasks", id, `run-${run}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server) await this.end("SIGKILL");
    await Promise.all(this.#followers.map((follower) => follower[Symbol.asyncDispose]()));
    for (const { pid } of processesNaming(this.root)) kill(pid);
    await this.model.close();
    await rm(this.root, { recursive: true, force: true, maxRetries: 10 });
  }

  #requireServer(): ServerProcess {
    if (!this.#server) throw new Error("no server runs");
    return this.#server;
  }
}

/** A message that carries its own script. */
export function scripted(...steps: Step[]): string {
  return `!script ${JSON.stringify(steps)}`;
}

/** Sends a signal, KILL unless another is given; a process that is gone is no failure. */
export function kill(pid: number, signal: NodeJS.Signals = "SIGKILL"): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it ended meanwhile
  }
}
