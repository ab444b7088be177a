import type { Decision, DecisionResolution, Item, MessageMode, OptioEvent } from "@optio/contract";
import { OptioError } from "@optio/contract";
import type { Submitted } from "./message-pump.ts";
import type { StreamPiece } from "./viewer.ts";

/** A session as a program holds it. */
export interface Session {
  readonly id: string;
  /**
   * Sends a message and resolves with the answer: the agent's messages of its turn, joined by a blank line.
   * @throws `agent-refused` when the turn failed, `cancelled` when it was interrupted or the signal aborted, `session-ended`.
   */
  ask(text: string, options?: { signal?: AbortSignal }): Promise<string>;
  send(text: string, options?: { mode?: MessageMode }): Promise<Submitted>;
  /** Hears of every durable event since the launch of this run, in order, then of new ones. Contract: must not throw. */
  onEvent(listener: (event: OptioEvent, seq: number) => void): Disposable;
  /** Hears of one string per completed turn, those before the call included. */
  onAnswer(listener: (answer: string) => void): Disposable;
  /** Answers decisions by program; undefined leaves one to people. */
  onDecision(
    handler: (decision: Decision) => DecisionResolution | undefined | Promise<DecisionResolution | undefined>,
  ): Disposable;
  interrupt(): Promise<void>;
  /** Ends the session as done and waits for the end of its teardown. */
  close(): Promise<void>;
}

/** What a handle needs from the engine. */
export interface SessionHandlePorts {
  readonly id: string;
  readonly headSeq: () => Promise<number>;
  readonly attach: (options: { after: number; signal: AbortSignal }) => AsyncIterable<StreamPiece>;
  readonly send: (text: string, mode: MessageMode) => Promise<Submitted>;
  readonly answer: (decisionId: string, resolution: DecisionResolution) => Promise<unknown>;
  readonly interrupt: () => Promise<unknown>;
  readonly close: () => Promise<unknown>;
  /** Hears of listeners and handlers of the program that failed. Contract: must not throw. */
  readonly onTrouble: (error: unknown) => void;
}

/** The handle of a session that runs in this engine. */
export function createSessionHandle(ports: SessionHandlePorts, headSeq: number): Session {
  const onEvent = (listener: (event: OptioEvent, seq: number) => void): Disposable => {
    const stop = new AbortController();
    void follow(ports, headSeq, stop.signal, listener).catch(ports.onTrouble);
    return { [Symbol.dispose]: () => stop.abort() };
  };
  return {
    id: ports.id,
    ask: (text, options = {}) => ask(ports, text, options.signal),
    send: (text, options = {}) => ports.send(text, options.mode ?? "auto"),
    onEvent,
    onAnswer(listener) {
      const answers = new TurnAnswers();
      return onEvent((event) => {
        const answer = answers.take(event);
        if (answer?.status === "completed") listener(answer.text);
      });
    },
    onDecision(handler) {
      return onEvent((event) => {
        if (event.type === "decision.requested") void answerBy(ports, event.decision, handler).catch(ports.onTrouble);
      });
    },
    async interrupt() {
      await ports.interrupt();
    },
    async close() {
      await ports.close();
    },
  };
}

async function follow(
  ports: SessionHandlePorts,
  after: number,
  signal: AbortSignal,
  listener: (event: OptioEvent, seq: number) => void,
): Promise<void> {
  for await (const piece of ports.attach({ after, signal })) {
    if (piece.kind === "durable") listener(piece.envelope.event, piece.envelope.seq);
  }
}

async function answerBy(
  ports: SessionHandlePorts,
  decision: Decision,
  handler: Parameters<Session["onDecision"]>[0],
): Promise<void> {
  const resolution = await handler(decision);
  if (!resolution) return;
  try {
    await ports.answer(decision.id, resolution);
  } catch (error) {
    // a person was faster
    if (!(error instanceof OptioError) || error.code !== "decision-already-resolved") throw error;
  }
}

async function ask(ports: SessionHandlePorts, text: string, signal?: AbortSignal): Promise<string> {
  const stop = new AbortController();
  const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  try {
    const stream = ports.attach({ after: await ports.headSeq(), signal: both });
    const { messageId } = await ports.send(text, "auto");
    const answer = await awaitAnswer(stream, messageId);
    if (answer !== undefined) return answer;
    throw new OptioError("cancelled", "the caller gave up waiting for the answer", { cause: signal?.reason });
  } finally {
    stop.abort();
  }
}

async function awaitAnswer(stream: AsyncIterable<StreamPiece>, messageId: string): Promise<string | undefined> {
  const answers = new TurnAnswers();
  let turnId: string | undefined;
  for await (const piece of stream) {
    if (piece.kind !== "durable") continue;
    const { event } = piece.envelope;
    if (event.type === "session.ended") throw new OptioError("session-ended", "the session ended before it answered");
    if (event.type === "item.started" && event.item.messageId === messageId) turnId = event.turnId;
    const answer = answers.take(event);
    if (!answer || answer.turnId !== turnId) continue;
    if (answer.status === "completed") return answer.text;
    if (answer.status === "failed") throw new OptioError("agent-refused", answer.error ?? "the turn failed");
    throw new OptioError("cancelled", "the turn was interrupted");
  }
  return undefined;
}

interface TurnAnswer {
  readonly turnId: string;
  readonly status: "completed" | "interrupted" | "failed";
  readonly text: string;
  readonly error: string | undefined;
}

/** Gathers the agent's messages by turn. */
class TurnAnswers {
  readonly #texts = new Map<string, string[]>();

  /** The answer, when the event ends a turn. */
  take(event: OptioEvent): TurnAnswer | undefined {
    if (event.type === "item.completed") this.#add(event.turnId, event.item);
    if (event.type !== "turn.completed") return undefined;
    const text = (this.#texts.get(event.turnId) ?? []).join("\n\n");
    this.#texts.delete(event.turnId);
    return { turnId: event.turnId, status: event.status, text, error: event.error?.message };
  }

  #add(turnId: string, item: Item): void {
    if (item.kind !== "agentMessage" || typeof item.text !== "string") return;
    this.#texts.set(turnId, [...(this.#texts.get(turnId) ?? []), item.text]);
  }
}
