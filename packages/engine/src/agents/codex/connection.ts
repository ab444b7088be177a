import type { Duplex } from "node:stream";
import type { DecisionKind, DecisionResolution } from "@optio/contract";
import { OptioError, toOptioError } from "@optio/contract";
import { z } from "zod";
import type { AgentConnection, AgentFact, AgentTurn, ThreadOptions } from "../../agent/agent-kind.ts";
import { waitOrAbort } from "../../kernel/abort.ts";
import { adaptNotification, unreadable } from "./adapt-notification.ts";
import { adaptTurn, turnSchema } from "./adapt-turn.ts";
import { answerFor, requestIdOf } from "./decisions.ts";
import { DeclinedItems } from "./declined-items.ts";
import { FactQueue } from "./fact-queue.ts";
import type { ConfigReadResponse } from "./protocol/v2/ConfigReadResponse";
import type { GetAccountResponse } from "./protocol/v2/GetAccountResponse";
import type { ThreadLoadedListResponse } from "./protocol/v2/ThreadLoadedListResponse";
import type { ThreadResumeResponse } from "./protocol/v2/ThreadResumeResponse";
import type { ThreadStartResponse } from "./protocol/v2/ThreadStartResponse";
import type { ThreadTurnsListResponse } from "./protocol/v2/ThreadTurnsListResponse";
import type { TurnStartResponse } from "./protocol/v2/TurnStartResponse";
import { readOrThrow, reads } from "./read.ts";
import type { ClientMethod, ParamsOf, RpcClient } from "./rpc-client.ts";
import { openRpcClient } from "./rpc-client.ts";
import { ServerRequests } from "./server-requests.ts";
import { refuseLongText } from "./text-limit.ts";
import type { Incoming } from "./thread-filter.ts";
import { ThreadFilter } from "./thread-filter.ts";
import { readPosture } from "./thread-posture.ts";

export interface ConnectOptions {
  readonly signal: AbortSignal;
  /** For the greeting. */
  readonly timeoutMs: number;
  /** For every request after it; default 60 s. */
  readonly requestTimeoutMs?: number;
  /** How long another client may take to answer a call of its own tool; default 5 s. */
  readonly foreignToolMs?: number;
  /** Settles when the posture has been shown to work; no thread is started or resumed before. */
  readonly postureReady?: Promise<void>;
}

const TURNS_PER_PAGE = 10;
const THREAD_NAME = "optio";
const threadSchema = reads<ThreadStartResponse>()(
  z.object({ thread: z.object({ id: z.string() }), model: z.string().nullish() }),
);
const resumedSchema = reads<ThreadResumeResponse>()(threadSchema);
const turnStartedSchema = reads<TurnStartResponse>()(z.object({ turn: z.object({ id: z.string() }) }));
const turnsPageSchema = reads<ThreadTurnsListResponse>()(
  z.object({ data: z.array(turnSchema), nextCursor: z.string().nullish() }),
);
const loadedPageSchema = reads<ThreadLoadedListResponse>()(
  z.object({ data: z.array(z.string()), nextCursor: z.string().nullish() }),
);
const configSchema = reads<ConfigReadResponse>()(
  z.object({ config: z.looseObject({ cli_auth_credentials_store: z.unknown().optional() }) }),
);
const accountSchema = reads<GetAccountResponse>()(
  z.object({ account: z.looseObject({ type: z.string() }).nullish(), requiresOpenaiAuth: z.boolean() }),
);
const accountUpdatedSchema = z.object({ authMode: z.string().nullish() });

/**
 * Speaks codex's protocol over the stream; ready after `initialize`.
 * @throws `agent-unresponsive`, `agent-closed`, `agent-refused`, or the abort reason.
 */
export async function connectCodex(stream: Duplex, options: ConnectOptions): Promise<AgentConnection> {
  const connection = new CodexConnection(options);
  await connection.open(stream);
  return connection;
}

class CodexConnection implements AgentConnection {
  readonly facts = new FactQueue<AgentFact>();
  readonly #options: ConnectOptions;
  readonly #filter: ThreadFilter;
  readonly #requests: ServerRequests;
  readonly #declined = new DeclinedItems();
  #client: RpcClient | undefined;
  #closed: Promise<{ reason: string }> | undefined;
  #needsLogin = true;

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#filter = new ThreadFilter((message) => this.#take(message));
    this.#requests = new ServerRequests({
      onFact: (fact) => this.facts.push([fact]),
      refuse: (id, message) => this.#client?.respondError(id, message),
      foreignToolMs: options.foreignToolMs ?? 5_000,
    });
  }

  async open(stream: Duplex): Promise<void> {
    const { signal, timeoutMs } = this.#options;
    const client = await openRpcClient(stream, {
      signal,
      timeoutMs,
      requestTimeoutMs: this.#options.requestTimeoutMs ?? 60_000,
      handlers: {
        onNotification: (method, params) => this.#filter.take({ kind: "notification", method, params }),
        onRequest: (id, method, params) => this.#filter.take({ kind: "request", id, method, params }),
        onMalformed: (problem) => this.facts.push([unreadable("message", problem)]),
      },
    });
    this.#client = client;
    this.#closed = client.closed.then((end) => {
      this.#requests.close();
      this.facts.end();
      return end;
    });
    try {
      await client.request("initialize", INITIALIZE, { signal, timeoutMs });
      client.notify("initialized");
    } catch (error) {
      client.terminate();
      throw error;
    }
  }

  get closed(): Promise<{ reason: string }> {
    return this.#closed ?? Promise.resolve({ reason: "never opened" });
  }

  async loginState(signal: AbortSignal): Promise<{ required: boolean }> {
    const reply = await this.#request("account/read", { refreshToken: false }, signal);
    const { account, requiresOpenaiAuth } = readOrThrow(accountSchema, reply, "account/read");
    this.#needsLogin = requiresOpenaiAuth;
    return { required: requiresOpenaiAuth && account == null };
  }

  async login(request: { type: "apiKey"; apiKey: string }, signal: AbortSignal): Promise<void> {
    const { apiKey } = request;
    if (apiKey.trim() === "") throw new OptioError("login-failed", "the API key is empty");
    await this.#requireEphemeralLogin(signal);
    try {
      await this.#request("account/login/start", { type: "apiKey", apiKey }, signal);
    } catch (error) {
      const words = agentWords(error);
      if (words === undefined) throw error;
      // no cause: it repeats codex's words, which may repeat the key
      throw new OptioError("login-failed", `codex refused the API key: ${words.replaceAll(apiKey, "***")}`);
    }
  }

  /** With a configuration that it cannot read codex runs on its defaults, which would write the key to a file. */
  async #requireEphemeralLogin(signal: AbortSignal): Promise<void> {
    const reply = await this.#request("config/read", {}, signal).catch(throwConfigRefused);
    const { config } = readOrThrow(configSchema, reply, "config/read");
    if (config.cli_auth_credentials_store !== "ephemeral") {
      throw new OptioError(
        "agent-config-refused",
        "codex would write the API key to disk; its login store is not in memory",
      );
    }
  }

  async startThread(options: ThreadOptions, signal: AbortSignal): Promise<{ threadId: string; model: string | null }> {
    await waitOrAbort(this.#options.postureReady ?? Promise.resolve(), signal);
    const params = { cwd: options.workspace, ...readPosture(options.posture) };
    const reply = await this.#request("thread/start", params, signal).catch(throwConfigRefused);
    const { thread, model } = readOrThrow(threadSchema, reply, "thread/start");
    this.#filter.choose(thread.id);
    return { threadId: thread.id, model: model ?? null };
  }

  async resumeThread(
    threadId: string,
    options: ThreadOptions,
    signal: AbortSignal,
  ): Promise<{ threadId: string; model: string | null } | undefined> {
    await waitOrAbort(this.#options.postureReady ?? Promise.resolve(), signal);
    const params = { threadId, excludeTurns: true, cwd: options.workspace, ...readPosture(options.posture) };
    // pending requests may be sent again before the reply
    this.#filter.choose(threadId);
    try {
      const resumed = await this.#resume(params, signal);
      if (resumed === undefined) this.#filter.reset();
      return resumed;
    } catch (error) {
      this.#filter.reset();
      throw error;
    }
  }

  async #resume(params: ParamsOf<"thread/resume">, signal: AbortSignal) {
    const attempt = async () => {
      const reply = await this.#request("thread/resume", params, signal).catch(throwConfigRefused);
      const { thread, model } = readOrThrow(resumedSchema, reply, "thread/resume");
      return { threadId: thread.id, model: model ?? null };
    };
    try {
      return await attempt();
    } catch (error) {
      if (!saysNoRollout(error)) throw error;
      if (!(await this.#isLoaded(params.threadId, signal))) return undefined;
      // a thread that nothing was said in has no file yet and cannot be subscribed to; naming it makes codex write one
      await this.#request("thread/name/set", { threadId: params.threadId, name: THREAD_NAME }, signal);
      return attempt();
    }
  }

  async #isLoaded(threadId: string, signal: AbortSignal): Promise<boolean> {
    let cursor: string | null = null;
    do {
      const reply: unknown = await this.#request("thread/loaded/list", { cursor }, signal);
      const page: z.infer<typeof loadedPageSchema> = readOrThrow(loadedPageSchema, reply, "thread/loaded/list");
      if (page.data.includes(threadId)) return true;
      cursor = page.nextCursor ?? null;
    } while (cursor !== null);
    return false;
  }

  async turnsSince(
    threadId: string,
    isSettled: (turnId: string) => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<AgentTurn[]> {
    const newestFirst: AgentTurn[] = [];
    let cursor: string | null = null;
    do {
      const page = await this.#turnsPage(threadId, cursor, signal);
      for (const turn of page.data) {
        if (await isSettled(turn.id)) return newestFirst.reverse();
        newestFirst.push(adaptTurn(turn));
      }
      cursor = page.nextCursor ?? null;
    } while (cursor !== null);
    return newestFirst.reverse();
  }

  async startTurn(
    request: { threadId: string; text: string; messageId: string },
    signal: AbortSignal,
  ): Promise<{ turnId: string }> {
    const { threadId, text, messageId: clientUserMessageId } = request;
    const params = { threadId, input: textInput(text), clientUserMessageId };
    const reply = await this.#request("turn/start", params, signal);
    return { turnId: readOrThrow(turnStartedSchema, reply, "turn/start").turn.id };
  }

  async steer(
    request: { threadId: string; turnId: string; text: string; messageId: string },
    signal: AbortSignal,
  ): Promise<void> {
    const { threadId, turnId: expectedTurnId, text, messageId: clientUserMessageId } = request;
    const params = { threadId, expectedTurnId, input: textInput(text), clientUserMessageId };
    await this.#request("turn/steer", params, signal).catch(throwNoActiveTurn);
  }

  async interrupt(request: { threadId: string; turnId: string }, signal: AbortSignal): Promise<void> {
    const { threadId, turnId } = request;
    await this.#request("turn/interrupt", { threadId, turnId }, signal).catch(throwNoActiveTurn);
  }

  async answer(
    demand: { agentKey: string; kind: DecisionKind; request: Readonly<Record<string, unknown>> },
    resolution: DecisionResolution,
  ): Promise<void> {
    this.#live.respond(requestIdOf(demand.agentKey), answerFor(demand.request, resolution));
    this.#declined.note(demand.kind, demand.request, resolution);
  }

  async ping(timeoutMs: number): Promise<void> {
    try {
      await this.#live.request("thread/loaded/list", { limit: 1 }, { timeoutMs });
    } catch (error) {
      // a refusal is an answer too
      if (toOptioError(error).code !== "agent-refused") throw error;
    }
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }

  get #live(): RpcClient {
    if (!this.#client) throw new OptioError("agent-closed", "the connection to codex is not open");
    return this.#client;
  }

  #request<M extends ClientMethod>(method: M, params: ParamsOf<M>, signal: AbortSignal): Promise<unknown> {
    return this.#live.request(method, params, { signal });
  }

  async #turnsPage(threadId: string, cursor: string | null, signal: AbortSignal) {
    const params = { threadId, cursor, limit: TURNS_PER_PAGE, itemsView: "full" } as const;
    try {
      return readOrThrow(
        turnsPageSchema,
        await this.#request("thread/turns/list", params, signal),
        "thread/turns/list",
      );
    } catch (error) {
      if (isWithoutTurns(error)) return { data: [], nextCursor: null };
      throw error;
    }
  }

  #take(message: Incoming): void {
    if (message.kind === "request") this.#requests.take(message.id, message.method, message.params);
    else if (message.method === "account/updated") this.facts.push([this.#adaptAccount(message.params)]);
    else for (const fact of adaptNotification(message.method, message.params)) this.#hand(fact);
  }

  #hand(fact: AgentFact): void {
    this.#requests.observe(fact);
    if (fact.type === "decision.settled") this.#requests.settle(requestIdOf(fact.agentKey));
    this.facts.push([...this.#declined.missingBefore(fact), fact]);
  }

  #adaptAccount(params: unknown): AgentFact {
    const read = accountUpdatedSchema.safeParse(params);
    if (!read.success) return unreadable("account/updated", "unknown form");
    const mode = read.data.authMode ?? undefined;
    const required = this.#needsLogin && mode === undefined;
    return { type: "login.changed", required, ...(mode === undefined ? {} : { account: mode }) };
  }
}

const INITIALIZE: ParamsOf<"initialize"> = {
  clientInfo: { name: "optio", title: "optio-codex", version: "0.1.0" },
  capabilities: { experimentalApi: true, requestAttestation: false },
};

/** @throws `too-large`. */
function textInput(text: string): ParamsOf<"turn/start">["input"] {
  refuseLongText(text, "the message");
  return [{ type: "text", text, text_elements: [] }];
}

/** Codex's own words in an error of `agent-refused`; undefined for any other. */
function agentWords(error: unknown): string | undefined {
  const words = error instanceof OptioError ? error.data?.agentMessage : undefined;
  return typeof words === "string" ? words : undefined;
}

function saysNoRollout(error: unknown): boolean {
  return agentWords(error)?.includes("no rollout found") ?? false;
}

function isWithoutTurns(error: unknown): boolean {
  return agentWords(error)?.includes("not materialized yet") ?? false;
}

/** Codex starts on its defaults when it cannot read its configuration and complains at the first thread. */
function throwConfigRefused(error: unknown): never {
  const words = agentWords(error);
  if (words === undefined || !/failed to (load|resolve)|invalid configuration/i.test(words)) throw error;
  throw new OptioError("agent-config-refused", `codex refused its configuration: ${words.trim()}`, { cause: error });
}

function throwNoActiveTurn(error: unknown): never {
  const words = agentWords(error);
  if (words === undefined || !/no active turn|expected active turn/i.test(words)) throw error;
  throw new OptioError("no-active-turn", `no turn of that id is running: ${words}`, { cause: error });
}
