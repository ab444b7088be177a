import type { IncomingMessage, Server } from "node:http";
import { createServer } from "node:http";
import { PassThrough, Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import type { Envelope, FeedFrame, OptioEvent, ProcessSummary, SessionView } from "@optio/contract";
import { makeProcessSummary, makeSessionSummary } from "../../contract/src/process-summary.test-support.ts";
import type { CliContext } from "./context.ts";
import { runProgram } from "./program.ts";

/** What a command line wrote and how it ended. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly signal?: AbortSignal;
  /** A terminal: its keys come from here; without it, standard input is `stdin`. */
  readonly keys?: PassThrough;
  /** Hears what is written to standard output and standard error. */
  readonly onOutput?: (text: string) => void;
}

/** Runs a command line in this process, off a terminal unless `keys` are given. */
export async function runCli(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const isTTY = options.keys !== undefined;
  const stdout = Object.assign(new Capture(options.onOutput), { isTTY, columns: 100, rows: 40 });
  const stderr = Object.assign(new Capture(options.onOutput), { isTTY });
  const lines = Readable.from(options.stdin === undefined ? [] : [options.stdin]);
  const context: CliContext = {
    env: { HOME: "/nowhere", NO_COLOR: "1", ...options.env },
    cwd: "/work/dir",
    stdin: options.keys ? Object.assign(options.keys, { isTTY, setRawMode: () => undefined }) : lines,
    stdout,
    stderr,
    signal: options.signal ?? new AbortController().signal,
    now: () => Date.parse("2026-01-01T00:01:00.000Z"),
    fetch: (request, init) => fetch(request, init),
    exit: { code: 0 },
  };
  const code = await runProgram(argv, context);
  return { code, stdout: stdout.text, stderr: stderr.text };
}

class Capture extends Writable {
  text = "";
  readonly #onOutput: ((text: string) => void) | undefined;

  constructor(onOutput?: (text: string) => void) {
    super();
    this.#onOutput = onOutput;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.text += chunk.toString();
    this.#onOutput?.(chunk.toString());
    done();
  }
}

/** A request as the fixture server saw it. */
export interface SeenRequest {
  readonly route: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

/** What the fixture answers: a status and JSON, or a stream that it holds. */
export type Answer = { readonly status?: number; readonly json: unknown } | { readonly stream: PassThrough };

/** A server that answers the routes that a test gives it and keeps what was asked. */
export class FixtureServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly #server: Server;
  readonly #routes: Readonly<Record<string, (request: SeenRequest) => Answer>>;

  constructor(routes: Readonly<Record<string, (request: SeenRequest) => Answer>>) {
    this.#routes = routes;
    this.#server = createServer((request, response) => {
      void this.#answer(request).then((answer) => {
        if ("stream" in answer) {
          response.writeHead(200, { "content-type": "text/event-stream" });
          response.flushHeaders();
          answer.stream.pipe(response);
          return;
        }
        response.writeHead(answer.status ?? 200, { "content-type": "application/json" });
        response.end(JSON.stringify(answer.json));
      });
    });
  }

  /** Listens; returns the environment that points a command line at it. */
  async start(port = 0): Promise<Readonly<Record<string, string>>> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    return { OPTIO_URL: `http://127.0.0.1:${this.port}`, OPTIO_TOKEN: "secret-of-the-test" };
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the fixture does not listen");
    return address.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? "/", "http://fixture");
    const written = await text(request);
    const seen: SeenRequest = {
      route: `${request.method} ${url.pathname.replace(/^\/api/, "")}`,
      query: url.searchParams,
      headers: request.headers,
      body: written === "" ? undefined : JSON.parse(written),
    };
    this.requests.push(seen);
    return this.#routes[seen.route]?.(seen) ?? problem(404, "not-found", `nothing at ${seen.route}`);
  }
}

/** A problem document as the server writes it. */
export function problem(status: number, code: string, detail: string): Answer {
  return { status, json: { type: `/docs/errors#${code}`, title: code, status, detail, code, next: "look again" } };
}

/** A stream that already holds these events and, unless told otherwise, stays open. */
export function eventStream(envelopes: readonly Envelope[], options: { readonly end?: boolean } = {}): Answer {
  const stream = new PassThrough();
  for (const envelope of envelopes) writeEvent(stream, envelope);
  if (options.end) stream.end();
  return { stream };
}

/** Adds a durable event to an open stream. */
export function writeEvent(stream: PassThrough, envelope: Envelope): void {
  stream.write(`event: durable\nid: ${envelope.seq}\ndata: ${JSON.stringify(envelope)}\n\n`);
}

/** A stream that already holds these frames of the feed and stays open. */
export function feedStream(...frames: readonly FeedFrame[]): Answer & { readonly stream: PassThrough } {
  const stream = new PassThrough();
  for (const frame of frames) writeMessage(stream, "feed", 1, frame);
  return { stream };
}

/** Adds a message to an open stream. */
export function writeMessage(stream: PassThrough, event: string, id: number, data: unknown): void {
  stream.write(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** Events as envelopes with seq from 1 on, a second apart. */
export function envelopes(...events: readonly OptioEvent[]): Envelope[] {
  return events.map((event, index) => ({
    seq: index + 1,
    at: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(),
    run: 1,
    event,
  }));
}

/** The events of a turn that says a text in answer to a message. */
export function turnEvents(
  text: string,
  options: { status?: "completed" | "failed"; turnId?: string } = {},
): OptioEvent[] {
  const { status = "completed", turnId = "turn-1" } = options;
  const turn = { threadId: "thread-1", turnId };
  const user = {
    id: `user-${turnId}`,
    kind: "userMessage",
    messageId: `message-${turnId}`,
    content: [{ type: "text", text: "hi" }],
  };
  const agent = { id: `agent-${turnId}`, kind: "agentMessage", text };
  return [
    { type: "turn.started", ...turn },
    { type: "item.started", ...turn, item: { ...user, status: "inProgress" } },
    { type: "item.completed", ...turn, item: { ...user, status: "completed" } },
    { type: "item.started", ...turn, item: { ...agent, text: "", status: "inProgress" } },
    { type: "item.completed", ...turn, item: { ...agent, status: "completed" } },
    {
      type: "turn.completed",
      ...turn,
      status,
      ...(status === "failed" ? { error: { message: "no more tokens" } } : {}),
    },
  ];
}

/** A process as lists show it: a session, unless the test says otherwise. */
export function processSummary(change: Partial<ProcessSummary> = {}): ProcessSummary {
  return makeProcessSummary({ kind: "session", session: makeSessionSummary(), ...change });
}

/** A task as lists show it. */
export const taskSummary = makeProcessSummary;

/** A session as `GET /sessions/:id` answers it. */
export function sessionView(change: Partial<SessionView> = {}): SessionView {
  return {
    id: "p1",
    run: 1,
    state: "running",
    name: "First",
    description: null,
    metadata: {},
    agent: "codex",
    live: true,
    phase: "idle",
    headSeq: 0,
    thread: { id: "thread-1" },
    login: { required: false, kinds: [] },
    usage: null,
    limits: null,
    queue: [],
    controls: [],
    decisions: [],
    view: { tools: true, reasoning: true, controls: true, upload: true, download: true, terminal: true },
    workspace: "/work",
    model: "m",
    scripted: false,
    posture: null,
    error: null,
    createdAt: "2026-01-01T00:00:00.000Z",
    ...change,
  };
}
