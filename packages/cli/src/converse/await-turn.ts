import type { Envelope, EventOf, TurnError, TurnStatus } from "@optio/contract";
import type { Connection } from "../connection/connect.ts";
import { followSession } from "../connection/follow-session.ts";
import type { CliContext } from "../context.ts";
import { printJson } from "../context.ts";
import { styleFor } from "../render/style.ts";
import { Transcript } from "../render/transcript.ts";
import { endOf } from "./converse.ts";

export interface AwaitTurnOptions {
  readonly id: string;
  /** Events up to this seq are known. */
  readonly after: number;
  readonly json: boolean;
  /** The message whose turn is meant; absent: the first turn that ends. */
  readonly messageId?: string;
  /** A session that asks for a login ends the wait, because nobody is there to give one. */
  readonly isLoginFatal: boolean;
}

/** How the wait for a turn ended: with the turn, with the session before it, or because the person left. */
export interface TurnResult {
  readonly status: TurnStatus | "ended" | "login" | "left";
  readonly turnId: string | undefined;
  /** The agent's last message of the turn. */
  readonly text: string;
  readonly error: TurnError | undefined;
  /** The session is over. */
  readonly isEnded: boolean;
  readonly lastSeq: number;
}

/** Follows a session until a turn is over, writing its events: to standard output on a terminal and as JSON, else to standard error. */
export async function awaitTurn(
  context: CliContext,
  connection: Connection,
  options: AwaitTurnOptions,
): Promise<TurnResult> {
  const output = context.stdout.isTTY === true ? context.stdout : context.stderr;
  const transcript = new Transcript(styleFor(context, output));
  const turn = new TurnWatch(options);
  const stopped = new AbortController();
  const signal = AbortSignal.any([context.signal, stopped.signal]);
  for await (const piece of followSession(connection, options.id, { after: options.after, signal })) {
    if (!options.json || piece.kind === "lost" || piece.kind === "back") {
      (options.json ? context.stderr : output).write(transcript.render(piece));
    } else {
      printJson(context, piece.kind === "durable" ? piece.envelope : piece.frame);
    }
    if (piece.kind !== "durable") continue;
    const result = turn.see(piece.envelope);
    if (result !== undefined) return result;
  }
  return turn.result("left");
}

class TurnWatch {
  readonly #options: AwaitTurnOptions;
  readonly #texts = new Map<string, string>();
  #turnId: string | undefined;
  #lastSeq: number;

  constructor(options: AwaitTurnOptions) {
    this.#options = options;
    this.#lastSeq = options.after;
  }

  /** The result, once the event brings it. */
  see({ seq, event }: Envelope): TurnResult | undefined {
    this.#lastSeq = seq;
    if (event.type === "item.started" || event.type === "item.completed") this.#seeItem(event);
    if (event.type === "turn.completed" && this.#isMeant(event.turnId)) {
      this.#turnId = event.turnId;
      return this.result(event.status, event.error);
    }
    if (event.type === "login.required" && this.#options.isLoginFatal) return this.result("login");
    const end = endOf(event);
    if (end === undefined) return undefined;
    const reason = event.type === "process.state_changed" ? event.reason : undefined;
    return this.result("ended", { message: reason ?? `the session ended (${end}) before the turn did` });
  }

  result(status: TurnResult["status"], error?: TurnError): TurnResult {
    return {
      status,
      turnId: this.#turnId,
      text: this.#texts.get(this.#turnId ?? "") ?? "",
      error,
      isEnded: status === "ended",
      lastSeq: this.#lastSeq,
    };
  }

  #seeItem({ turnId, item, type }: EventOf<"item.started"> | EventOf<"item.completed">): void {
    if (item.kind === "userMessage" && item.messageId === this.#options.messageId && this.#options.messageId) {
      this.#turnId = turnId;
    }
    if (type === "item.completed" && item.kind === "agentMessage") this.#texts.set(turnId, String(item.text ?? ""));
  }

  #isMeant(turnId: string): boolean {
    return this.#options.messageId === undefined || turnId === this.#turnId;
  }
}
