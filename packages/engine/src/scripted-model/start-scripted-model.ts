import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { Duplex } from "node:stream";
import type { ScriptedCodexConfig } from "./codex-provider.ts";
import { codexProvider, modelCatalogue } from "./codex-provider.ts";
import type { Gate } from "./gates.ts";
import { Gates } from "./gates.ts";
import { planReply } from "./plan-turn.ts";
import type { RecordedRequest } from "./read-request.ts";
import { headersWithoutLogin, RequestProblem, readModelRequest } from "./read-request.ts";
import { readTurn } from "./read-turn.ts";
import type { Script, ScriptMatch, ScriptSource } from "./script.ts";
import { ScriptBook } from "./script-book.ts";
import { scriptFromText, textScript } from "./text-script.ts";
import type { ReplyContext } from "./write-reply.ts";
import { writeReply, writeText } from "./write-reply.ts";

export type { ScriptedCodexConfig } from "./codex-provider.ts";

/** Options of `startScriptedModel`. */
export type ScriptedModelOptions = {
  /** Default 0: any free port. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Default `textScript`. */
  script?: ScriptSource;
  /** Reply where no script says anything; `{text}` stands for the message. Default `answer to: {text}`. */
  defaultReply?: string;
  /** How many of the latest requests `requests` keeps; default 200. */
  keepRequests?: number;
};

/** A running server that speaks the Responses API and answers from scripts. */
export type ScriptedModel = {
  /** `http://HOST:PORT/v1`. */
  readonly url: string;
  readonly port: number;
  /** The latest requests to `/responses` and `/responses/compact`, oldest first. */
  readonly requests: readonly RecordedRequest[];
  /** Gives the threads that fit a script; it goes before those added earlier. */
  addScript(match: ScriptMatch, script: Script): void;
  /** The gate of that name; a script waits at it with `{gate: name}`. */
  gate(name: string): Gate;
  /** The config.toml object that points codex at this server; needs no login. */
  codexConfig(): ScriptedCodexConfig;
  /** Cuts all replies and stops listening; a second call does nothing more. */
  close(): Promise<void>;
};

/**
 * Starts a scripted model: a Responses API server that drives the real codex without network or account.
 *
 * It keeps no state about conversations: which turn and step a reply is at is read from the request (see `step-mark.ts` and
 * `read-turn.ts`), so a restarted server, or a codex that was killed and resumed, gets the right answer. Only gates and the
 * `times` of faults are counted in memory. Codex's own threads and requests (titles, compaction) get a short text and use up nothing.
 * @throws the system's error when the port cannot be bound.
 */
export async function startScriptedModel(options: ScriptedModelOptions = {}): Promise<ScriptedModel> {
  const { port = 0, host = "127.0.0.1", script, defaultReply, keepRequests = 200 } = options;
  const fallback = defaultReply === undefined ? textScript : scriptFromText(defaultReply);
  const model = new Responder(new ScriptBook(script, fallback), keepRequests);
  const server = createServer((request, response) => void model.answer(request, response));
  // A prompt of several megabytes may take its time on a busy machine.
  server.requestTimeout = 0;
  server.on("upgrade", refuseUpgrade);
  const boundPort = await listen(server, port, host);
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${boundPort}/v1`;
  return {
    url,
    port: boundPort,
    requests: model.requests,
    addScript: (match, added) => model.scripts.add(match, added),
    gate: (name) => model.gates.gate(name),
    codexConfig: () => codexProvider(url),
    close: () => close(server),
  };
}

const MAX_COUNTED_STEPS = 10_000;

class Responder {
  readonly scripts: ScriptBook;
  readonly gates = new Gates();
  readonly requests: RecordedRequest[] = [];
  readonly #keepRequests: number;
  readonly #timesUsed = new Map<string, number>();

  constructor(scripts: ScriptBook, keepRequests: number) {
    this.scripts = scripts;
    this.#keepRequests = keepRequests;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    try {
      await this.#route(request, response, gone.signal);
    } catch (error) {
      if (gone.signal.aborted) return;
      const status = error instanceof RequestProblem ? error.status : 500;
      if (response.headersSent) response.destroy();
      else sendError(response, status, error instanceof Error ? error.message : String(error));
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    const path = (request.url ?? "").replace(/\?.*$/, "");
    const route = `${request.method} ${path.replace(/^\/v1(?=\/)/, "")}`;
    if (route === "GET /models") return sendJson(response, 200, modelCatalogue);
    if (route === "POST /responses") return this.#respond(request, response, path, signal);
    if (route === "POST /responses/compact") {
      await this.#read(request, path);
      return sendJson(response, 200, COMPACTED);
    }
    throw new RequestProblem(404, `no route ${route}; GET /v1/models, POST /v1/responses, POST /v1/responses/compact`);
  }

  async #respond(request: IncomingMessage, response: ServerResponse, path: string, signal: AbortSignal): Promise<void> {
    const asked = await this.#read(request, path);
    const takeTime: ReplyContext["takeTime"] = (number, times) =>
      this.#takeTime(`${asked.threadId}/${asked.turnId}/${number}`, times ?? 1);
    const context = { request: asked, gates: this.gates, takeTime, signal };
    if (asked.source === "thread_title") return writeText(response, "Scripted thread", context);
    if (asked.kind !== "turn") return writeText(response, SUMMARY, context);
    const state = readTurn(asked);
    const script = this.scripts.find(asked.threadId, state.firstUserText);
    await writeReply(response, await planReply(script, state, asked), context);
  }

  async #read(request: IncomingMessage, path: string): Promise<RecordedRequest> {
    const read = await readModelRequest(request);
    const at = new Date().toISOString();
    const recorded = { ...read, at, path, headers: headersWithoutLogin(request) };
    this.requests.push(recorded);
    if (this.requests.length > this.#keepRequests) this.requests.shift();
    return recorded;
  }

  #takeTime(key: string, times: number): boolean {
    const used = this.#timesUsed.get(key) ?? 0;
    if (used >= times) return false;
    this.#timesUsed.set(key, used + 1);
    const [oldest] = this.#timesUsed.keys();
    if (this.#timesUsed.size > MAX_COUNTED_STEPS && oldest !== undefined) this.#timesUsed.delete(oldest);
    return true;
  }
}

const SUMMARY = "The scripted model has nothing to sum up: its script goes on.";

const COMPACTED = {
  output: [{ type: "message", role: "user", content: [{ type: "input_text", text: SUMMARY }] }],
};

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function sendError(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, {
    error: { type: "invalid_request_error", code: "scripted_model", message },
  });
}

function refuseUpgrade(_request: IncomingMessage, socket: Duplex): void {
  socket.on("error", () => socket.destroy());
  socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const address = server.address();
      if (address === null || typeof address === "string")
        return reject(new Error(`listening on ${host}:${port} gave no port`));
      resolve(address.port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
