import type { Decision, DecisionResolution, LiveFrame, MessageMode } from "@optio/contract";
import { OptioError, toOptioError } from "@optio/contract";
import type { AgentConnection, AgentFact, AgentTurn } from "../agent/agent-kind.ts";
import { DecisionDesk } from "../agent/decisions/decision-desk.ts";
import { Journal } from "./journal.ts";
import { LiveText } from "./live-text.ts";
import type { Submitted } from "./message-pump.ts";
import { MessagePump } from "./message-pump.ts";
import type { SessionWork } from "./session-work.ts";
import { instanceOf } from "./session-work.ts";

/** Why a session stops being supervised. */
export type SessionEnd = { readonly type: "close" } | { readonly type: "failed"; readonly error: OptioError };

/** A session as its owner holds it: the one place for what a client may do with it. */
export class LiveSession {
  readonly work: SessionWork;
  readonly text = new LiveText();
  readonly desk: DecisionDesk;
  readonly journal: Journal;
  readonly pump: MessagePump;
  readonly #end = Promise.withResolvers<SessionEnd>();
  #heard: Promise<void> = Promise.resolve();
  readonly #over = new AbortController();

  constructor(work: SessionWork) {
    this.work = work;
    const { ctx, board, timings } = work;
    const { store, clock } = ctx.platform;
    this.desk = new DecisionDesk({
      processId: ctx.processId,
      run: ctx.run,
      clock,
      commit: (write) => board.commit(write),
      instance: () => instanceOf(work),
      sendAnswer: (demand, resolution) => this.#sendAnswer(demand, resolution),
      pending: board.pendingDecisions,
      onRequested: (decision) => void this.#askProgram(decision),
    });
    this.journal = new Journal({
      processId: ctx.processId,
      store,
      clock,
      board,
      text: this.text,
      desk: this.desk,
      onMessageSeen: (messageId) => this.pump.seen(messageId),
      onTurnEnd: () => this.pump.turnEnded(),
      onLoginChanged: (fact) => void this.#loginChanged(fact).catch((error: unknown) => this.fail(error)),
    });
    this.pump = new MessagePump({
      board,
      clock,
      timings,
      link: () => this.#link(),
      search: () => this.#search(),
      onTrouble: (error) => this.#trouble(error),
    });
  }

  /** Settles when somebody closed the session or a write of its owner failed for good. */
  get ended(): Promise<SessionEnd> {
    return this.#end.promise;
  }

  /** Aborted as soon as `ended` settles: nothing needs to be started or restored any more. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Ends the session as done. */
  close(): void {
    this.#settle({ type: "close" });
  }

  /** Ends the session as failed; a lost ownership is such an end too. */
  fail(error: unknown): void {
    this.#settle({ type: "failed", error: toOptioError(error) });
  }

  /** @throws `no-active-turn`, `queue-full`, `session-ended`, `too-large`. */
  async send(text: string, mode: MessageMode): Promise<Submitted> {
    this.#requireOpen();
    this.work.kind.checkMessage(text);
    return this.pump.submit(text, mode);
  }

  /** @throws `session-not-live`, `no-active-turn`. */
  async interrupt(): Promise<{ turnId: string }> {
    this.#requireOpen();
    const link = this.#requireLink();
    const turnId = this.work.board.activeTurnId;
    if (!turnId) throw new OptioError("no-active-turn", "no turn is running");
    await link.connection.interrupt(
      { threadId: link.threadId, turnId },
      AbortSignal.timeout(this.work.timings.requestTimeoutMs),
    );
    return { turnId };
  }

  /** @throws `not-found`, `invalid`, `decision-already-resolved`. */
  answer(id: string, resolution: DecisionResolution, by: string, idempotencyKey?: string): Promise<Decision> {
    return this.desk.answer(id, resolution, by, idempotencyKey);
  }

  /** Logs the agent in; the queue goes on. The key is kept in memory for restarts of the program. @throws `session-not-live`, `login-failed`. */
  async login(apiKey: string): Promise<void> {
    const { connection } = this.#requireLink();
    await connection.login({ type: "apiKey", apiKey }, AbortSignal.timeout(this.work.timings.requestTimeoutMs));
    this.work.secrets = { ...this.work.secrets, apiKey };
    await this.#loginChanged({ required: false });
  }

  /** Hears of live frames. */
  onFrame(listener: (frame: LiveFrame) => void): Disposable {
    return this.text.onFrame(listener);
  }

  /** Reads what happened while nobody listened into the log. */
  async readHistory(threadId: string, restarted: boolean, signal: AbortSignal): Promise<void> {
    const { work } = this;
    const { connection, board } = work;
    if (!connection) return;
    const settled = (turnId: string) =>
      board.commit(async (tx) => (await tx.findTurn(threadId, turnId))?.status != null);
    const open = await board.commit(async (tx) => {
      await this.desk.recall(tx);
      return tx.openTurns(threadId);
    });
    const turns = await connection.turnsSince(threadId, settled, signal);
    await this.journal.recordHistory(threadId, turns, restarted);
    if (restarted)
      await this.#requeueUnanswered(
        threadId,
        turns,
        open.map((turn) => turn.turnId),
      );
    await this.journal.reopenText(threadId);
  }

  /** Gives up a thread that the agent lost before it answered in it: what was sent into it goes into the next one. */
  async abandonThread(threadId: string): Promise<void> {
    const open = await this.work.board.commit((tx) => tx.openTurns(threadId));
    await this.#requeueUnanswered(
      threadId,
      [],
      open.map((turn) => turn.turnId),
    );
    await this.journal.abandon(threadId);
  }

  /** What a restart of the program loses: at most the text that was being written. */
  async describeLost(threadId: string): Promise<string | undefined> {
    const { store } = this.work.ctx.platform;
    const open = await store.events.openItems(this.work.ctx.processId, threadId);
    if (open.some((item) => item.kind === "agentMessage")) return "the end of the message that was being written";
    return open.length > 0 ? "what was running when the agent stopped" : undefined;
  }

  /** Records the notices of a connection until it ends. */
  consume(connection: AgentConnection): void {
    const waiting: AgentFact[] = [];
    let draining: Promise<void> | undefined;
    const drain = async (): Promise<void> => {
      try {
        while (waiting.length > 0) await this.journal.record(waiting.splice(0));
      } finally {
        // in the same step as the last look: what comes next starts another
        draining = undefined;
      }
    };
    const pull = async (): Promise<void> => {
      for await (const fact of connection.facts) {
        waiting.push(fact);
        draining ??= drain().catch((error: unknown) => this.fail(error));
      }
      await draining;
    };
    this.#heard = pull().catch((error: unknown) => this.#trouble(toOptioError(error)));
  }

  /**
   * Resolves when all that the last connection said is recorded: what comes after it, a history or the session's end, must not be
   * overtaken. Contract: that connection is closed.
   */
  heard(): Promise<void> {
    return this.#heard;
  }

  #settle(end: SessionEnd): void {
    this.#end.resolve(end);
    this.#over.abort(new OptioError("session-ended", "the session was ended"));
  }

  #link(): { connection: AgentConnection; threadId: string } | undefined {
    const { connection, manifest } = this.work;
    return connection && manifest.threadId ? { connection, threadId: manifest.threadId } : undefined;
  }

  #requireLink(): { connection: AgentConnection; threadId: string } {
    const link = this.#link();
    if (!link || !this.work.board.live)
      throw new OptioError(
        "session-not-live",
        `session '${this.work.ctx.processId}' is not connected to its agent right now`,
      );
    return link;
  }

  #requireOpen(): void {
    if (this.work.board.ended) throw new OptioError("session-ended", `session '${this.work.ctx.processId}' has ended`);
  }

  async #search(): Promise<void> {
    const { threadId } = this.#requireLink();
    await this.readHistory(threadId, false, AbortSignal.timeout(this.work.timings.requestTimeoutMs));
  }

  /**
   * A message whose turn died with the program before the agent began anything goes again: it was heard, but never answered. So
   * does one whose turn the agent does not remember at all.
   */
  async #requeueUnanswered(
    threadId: string,
    turns: readonly AgentTurn[],
    openTurnIds: readonly string[],
  ): Promise<void> {
    const remembered = new Map(turns.map((turn) => [turn.turnId, turn]));
    const dead = [...new Set([...remembered.keys(), ...openTurnIds])].filter((turnId) => {
      const turn = remembered.get(turnId);
      return !turn || (turn.status === "interrupted" && turn.items.every((item) => item.kind === "userMessage"));
    });
    await this.work.board.commit(async (tx) => {
      for (const turnId of dead) {
        // what was begun may have had effects, also when the agent has forgotten it: a person decides whether to ask again
        const begun = await tx.itemsOfTurn(threadId, turnId);
        if (begun.some((item) => item.kind !== "userMessage")) continue;
        for (const message of await tx.messagesOfTurn(turnId))
          await tx.setMessage(message.messageId, { state: "sending", turnId: null });
      }
    });
  }

  async #sendAnswer(demand: Parameters<AgentConnection["answer"]>[0], resolution: DecisionResolution): Promise<void> {
    // without a connection the agent asks again after the next one, and the stored answer goes then
    await this.work.connection
      ?.answer(demand, resolution)
      .catch((error: unknown) => this.#trouble(toOptioError(error)));
  }

  async #askProgram(decision: Decision): Promise<void> {
    try {
      const resolution = await this.work.hooks.onDecision?.(decision);
      if (resolution) await this.answer(decision.id, resolution, "program");
    } catch (error) {
      this.#trouble(toOptioError(error));
    }
  }

  async #loginChanged(fact: { required: boolean; account?: string }): Promise<void> {
    const { board } = this.work;
    if (board.loginRequired === fact.required) return;
    await board.commit(async (tx) => {
      board.loginRequired = fact.required;
      if (fact.required) await tx.append({ type: "login.required", kinds: [...board.loginKinds] });
      else
        await tx.append({
          type: "login.completed",
          kind: "apiKey",
          ...(fact.account ? { account: fact.account } : {}),
        });
    });
    this.pump.kick();
  }

  #trouble(error: OptioError): void {
    if (error.code === "stale-owner" || error.code === "store-failed") {
      this.fail(error);
      return;
    }
    this.work.ctx.platform.logger.warn(
      { process: this.work.ctx.processId, code: error.code, error: error.message },
      "session trouble",
    );
  }
}
