import type { Decision, OptioEvent } from "@optio/contract";
import { END_STATES, OptioError, stateIn, toOptioError, unwrap } from "@optio/contract";
import type { Connection } from "../connection/connect.ts";
import { followSession } from "../connection/follow-session.ts";
import { onceHeader } from "../connection/idempotency.ts";
import type { CliContext } from "../context.ts";
import { printJson } from "../context.ts";
import { firstLine, styleFor } from "../render/style.ts";
import { Transcript } from "../render/transcript.ts";
import { askDecision } from "./ask-decision.ts";
import { ChatScreen } from "./chat-screen.ts";
import { parseChatLine } from "./parse-chat-line.ts";

export interface ConverseOptions {
  readonly id: string;
  /** Events up to this seq are known. */
  readonly after: number;
  readonly json: boolean;
  /** Lines of standard input are sent to the session. */
  readonly isTyping: boolean;
  /** Decisions that wait already. */
  readonly pending: readonly Decision[];
  /** Goes on with a transcript that showed the history. */
  readonly transcript?: Transcript;
}

/** Why a conversation was over: the person left, or the session ended as told. */
export type ConverseEnd = "left" | (typeof END_STATES)[number];

/** Shows a session and, on a terminal, talks to it and asks for its decisions, until it ends or the person leaves. */
export async function converse(
  context: CliContext,
  connection: Connection,
  options: ConverseOptions,
): Promise<ConverseEnd> {
  const left = new AbortController();
  using conversation = new Conversation(context, connection, options, () => left.abort());
  conversation.start();
  const signal = AbortSignal.any([context.signal, left.signal]);
  for await (const piece of followSession(connection, options.id, { after: options.after, signal })) {
    conversation.show(piece);
    if (piece.kind !== "durable") continue;
    const end = endOf(piece.envelope.event);
    if (end !== undefined) return end;
  }
  await conversation.sent();
  return "left";
}

/** The end state that an event brings, if it ends the run. */
export function endOf(event: OptioEvent): (typeof END_STATES)[number] | undefined {
  if (event.type !== "process.state_changed" || !stateIn(event.to, END_STATES)) return undefined;
  return END_STATES.find((state) => state === event.to);
}

class Conversation implements Disposable {
  readonly #context: CliContext;
  readonly #connection: Connection;
  readonly #options: ConverseOptions;
  readonly #leave: () => void;
  readonly #transcript: Transcript;
  readonly #screen: ChatScreen;
  readonly #canAsk: boolean;
  /** Decisions to ask for, oldest first. */
  readonly #waiting = new Map<string, Decision>();
  #asking: { readonly id: string; readonly settled: AbortController } | undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(context: CliContext, connection: Connection, options: ConverseOptions, leave: () => void) {
    this.#context = context;
    this.#connection = connection;
    this.#options = options;
    this.#leave = leave;
    this.#transcript = options.transcript ?? new Transcript(styleFor(context, context.stdout));
    this.#canAsk = !options.json && context.stdin.isTTY === true && context.stdout.isTTY === true;
    const onLine = (line: string) => this.#say(line);
    this.#screen = new ChatScreen(context, { isTyping: options.isTyping, onLine, onLeave: leave });
  }

  start(): void {
    for (const decision of this.#options.pending) this.#waiting.set(decision.id, decision);
    this.#askNext();
  }

  show(piece: Parameters<Transcript["render"]>[0]): void {
    if (this.#options.json) {
      if (piece.kind === "durable") printJson(this.#context, piece.envelope);
      else if (piece.kind === "live") printJson(this.#context, piece.frame);
      else this.#context.stderr.write(new Transcript(styleFor(this.#context, this.#context.stderr)).render(piece));
      return;
    }
    this.#screen.write(this.#transcript.render(piece));
    if (piece.kind !== "durable") return;
    const { event } = piece.envelope;
    if (event.type === "decision.requested") this.#waiting.set(event.decision.id, event.decision);
    if (event.type === "decision.resolved") this.#settled(event.decision.id);
    this.#askNext();
  }

  /** Resolves when what was said has reached the server, or was refused. */
  async sent(): Promise<void> {
    await this.#sending;
  }

  [Symbol.dispose](): void {
    this.#asking?.settled.abort();
    this.#screen[Symbol.dispose]();
  }

  #settled(id: string): void {
    this.#waiting.delete(id);
    if (this.#asking?.id === id) this.#asking.settled.abort();
  }

  #askNext(): void {
    const [next] = this.#waiting.values();
    if (!this.#canAsk || this.#asking !== undefined || next === undefined) return;
    const settled = new AbortController();
    this.#asking = { id: next.id, settled };
    void this.#ask(next, AbortSignal.any([settled.signal, this.#context.signal])).then(() => {
      this.#asking = undefined;
      this.#askNext();
    });
  }

  async #ask(decision: Decision, signal: AbortSignal): Promise<void> {
    try {
      const choice = await this.#screen.hold(() => askDecision(this.#context, decision, signal));
      this.#waiting.delete(decision.id);
      if (choice.kind === "leave") this.#leave();
      if (choice.kind !== "answer") return;
      const { kind: _kind, ...body } = choice;
      const params = { path: { id: decision.id }, header: onceHeader() };
      await unwrap(this.#connection.api.POST("/decisions/{id}", { params, body }));
    } catch (error) {
      this.#waiting.delete(decision.id);
      this.#note(error);
    }
  }

  #say(line: string): void {
    this.#sending = this.#sending.then(() => this.#act(line)).catch((error: unknown) => this.#note(error));
  }

  async #act(line: string): Promise<void> {
    const said = parseChatLine(line);
    const params = { path: { id: this.#options.id }, header: onceHeader() };
    const { api } = this.#connection;
    if (said.kind === "quit") this.#leave();
    if (said.kind === "help") this.#line(said.text);
    if (said.kind === "interrupt") await unwrap(api.POST("/sessions/{id}/interrupt", { params, body: {} }));
    if (said.kind === "close") await unwrap(api.POST("/sessions/{id}/close", { params, body: {} }));
    if (said.kind === "decide") await this.#askAgain();
    if (said.kind === "message") {
      const { text, mode } = said;
      const sent = await unwrap(api.POST("/sessions/{id}/turns", { params, body: { text, mode } }));
      if (sent.state === "queued") this.#line(`queued: ${firstLine(text)}`);
    }
  }

  async #askAgain(): Promise<void> {
    const params = { path: { id: this.#options.id } };
    const session = await unwrap(this.#connection.api.GET("/sessions/{id}", { params }));
    if (session.decisions.length === 0) this.#line("nothing waits for a decision");
    for (const decision of session.decisions) this.#waiting.set(decision.id, decision);
    this.#askNext();
  }

  #note(failure: unknown): void {
    const error = toOptioError(failure);
    if (error instanceof OptioError && error.code === "cancelled") return;
    this.#line(`${error.message} (${error.code})`);
  }

  #line(text: string): void {
    const style = styleFor(this.#context, this.#context.stdout);
    if (this.#options.json) this.#context.stderr.write(`${text}\n`);
    else this.#screen.write(this.#transcript.lines([style.dim(text)]));
  }
}
