import type { Decision, DecisionKind, DecisionResolution } from "@optio/contract";
import { OptioError } from "@optio/contract";
import type { Clock } from "../../kernel/clock.ts";
import { toInstant } from "../../kernel/clock.ts";
import { newId } from "../../kernel/random.ts";
import type { OwnerTransaction, StoredDecision } from "../../store/store.ts";
import type { DecisionDemand } from "../agent-kind.ts";

/** How an answer reaches the agent. */
export type SendAnswer = (
  demand: { agentKey: string; kind: DecisionKind; request: Readonly<Record<string, unknown>> },
  resolution: DecisionResolution,
) => Promise<void>;

export interface DecisionDeskOptions {
  readonly processId: string;
  readonly run: number;
  readonly clock: Clock;
  readonly commit: <T>(work: (tx: OwnerTransaction) => Promise<T>) => Promise<T>;
  /** Names the present life of the agent's program. */
  readonly instance: () => string;
  readonly sendAnswer: SendAnswer;
  /** Ids of pending decisions, kept in step here. */
  readonly pending: Set<string>;
  /** Called after a decision was stored, and again when it is still pending after an adoption. */
  readonly onRequested: (decision: Decision) => void;
}

/** Work to do once a transaction is durable. */
export type AfterCommit = () => void;

/** The decisions of one session: stored before shown, first answer wins, withdrawn when settled elsewhere. */
export class DecisionDesk {
  readonly #options: DecisionDeskOptions;

  constructor(options: DecisionDeskOptions) {
    this.#options = options;
  }

  /** A request of the agent, new or sent again. */
  async take(tx: OwnerTransaction, demand: DecisionDemand): Promise<AfterCommit | undefined> {
    const known = await tx.findDecisionByKey(this.#options.instance(), demand.agentKey);
    if (known) return this.#takeAgain(known, demand);
    const { processId, run, clock } = this.#options;
    const decision: Decision = {
      id: newId("dec"),
      processId,
      run,
      kind: demand.kind,
      state: "pending",
      request: {
        threadId: demand.threadId,
        turnId: demand.turnId,
        ...(demand.itemId ? { itemId: demand.itemId } : {}),
        ...demand.request,
      },
      options: [...demand.options],
      requestedAt: toInstant(clock.now()),
    };
    await tx.putDecision({
      decision,
      agentKey: demand.agentKey,
      instance: this.#options.instance(),
      threadId: demand.threadId,
      turnId: demand.turnId,
      idempotencyKey: null,
    });
    await tx.append({ type: "decision.requested", decision });
    this.#options.pending.add(decision.id);
    return () => this.#options.onRequested(decision);
  }

  /** The agent says a request is settled: withdrawn, unless it was our own answer. */
  async settledByAgent(tx: OwnerTransaction, agentKey: string): Promise<void> {
    const known = await tx.findDecisionByKey(this.#options.instance(), agentKey);
    if (known) await this.#withdraw(tx, known, "answered elsewhere");
  }

  /** The turn is over: nothing in it waits any more. */
  async withdrawTurn(tx: OwnerTransaction, turnId: string): Promise<void> {
    for (const stored of await tx.pendingDecisions()) {
      if (stored.turnId === turnId) await this.#withdraw(tx, stored, "its turn ended");
    }
  }

  /** Remembers what an earlier owner left pending; call it before a history is recorded, which may settle some of it. */
  async recall(tx: OwnerTransaction): Promise<void> {
    for (const { decision } of await tx.pendingDecisions()) this.#options.pending.add(decision.id);
  }

  /** The item is final: what waited for it was settled while nobody listened. */
  async withdrawItem(tx: OwnerTransaction, itemId: string): Promise<void> {
    if (this.#options.pending.size === 0) return;
    for (const stored of await tx.pendingDecisions()) {
      if (stored.decision.request.itemId === itemId) await this.#withdraw(tx, stored, "answered elsewhere");
    }
  }

  /** Requests of earlier lives of the program died with it; with `all`, the session is over. */
  async withdrawStale(tx: OwnerTransaction, options: { all: boolean }): Promise<void> {
    for (const stored of await tx.pendingDecisions()) {
      this.#options.pending.add(stored.decision.id);
      if (options.all) await this.#withdraw(tx, stored, "the session ended");
      else if (stored.instance !== this.#options.instance())
        await this.#withdraw(tx, stored, "the agent was restarted");
    }
  }

  /** @throws `not-found`, `invalid`, `decision-already-resolved`. */
  async answer(id: string, resolution: DecisionResolution, by: string, idempotencyKey?: string): Promise<Decision> {
    const stored = await this.#options.commit((tx) => this.#resolve(tx, id, resolution, by, idempotencyKey));
    if (stored.send) {
      const { agentKey, decision } = stored;
      await this.#options.sendAnswer({ agentKey, kind: decision.kind, request: decision.request }, resolution);
    }
    return stored.decision;
  }

  async #resolve(
    tx: OwnerTransaction,
    id: string,
    resolution: DecisionResolution,
    by: string,
    idempotencyKey?: string,
  ): Promise<StoredDecision & { send: boolean }> {
    const stored = await tx.findDecision(id);
    if (!stored) throw new OptioError("not-found", `no decision '${id}'`);
    const { decision } = stored;
    if (decision.state === "pending" && !decision.options.includes(resolution.decision)) {
      throw new OptioError(
        "invalid",
        `'${resolution.decision}' is not offered; this decision takes ${decision.options.join(", ")}`,
      );
    }
    const resolvedAt = this.#options.clock.now();
    const moved = await tx.settleDecision(id, {
      state: "resolved",
      resolvedAt,
      resolution,
      resolvedBy: by,
      ...(idempotencyKey ? { idempotencyKey } : {}),
    });
    if (!moved) {
      refuseSecondAnswer(stored, idempotencyKey);
      return { ...stored, send: false };
    }
    const resolved: Decision = {
      ...decision,
      state: "resolved",
      resolvedAt: toInstant(resolvedAt),
      resolution,
      resolvedBy: by,
    };
    await tx.append({ type: "decision.resolved", decision: resolved });
    this.#options.pending.delete(id);
    return { ...stored, decision: resolved, send: true };
  }

  #takeAgain(known: StoredDecision, demand: DecisionDemand): AfterCommit | undefined {
    const { decision } = known;
    if (decision.state === "pending") {
      this.#options.pending.add(decision.id);
      // a program that answers decisions may have been restarted since it was first asked
      return () => this.#options.onRequested(decision);
    }
    // answered, but the answer may have died with an earlier server
    const resolution = decision.resolution;
    if (!resolution) return undefined;
    return () =>
      void this.#options
        .sendAnswer({ agentKey: demand.agentKey, kind: decision.kind, request: decision.request }, resolution)
        .catch(() => undefined);
  }

  async #withdraw(tx: OwnerTransaction, stored: StoredDecision, why: string): Promise<void> {
    const resolvedAt = this.#options.clock.now();
    const { decision } = stored;
    this.#options.pending.delete(decision.id);
    if (!(await tx.settleDecision(decision.id, { state: "withdrawn", resolvedAt, resolvedBy: why }))) return;
    await tx.append({
      type: "decision.resolved",
      decision: { ...decision, state: "withdrawn", resolvedAt: toInstant(resolvedAt), resolvedBy: why },
    });
  }
}

/** Passes for the very call that settled the decision, made again. @throws `decision-already-resolved` for any other answer. */
export function refuseSecondAnswer({ decision, idempotencyKey }: StoredDecision, usedKey: string | undefined): void {
  if (usedKey && idempotencyKey === usedKey) return;
  throw new OptioError(
    "decision-already-resolved",
    `decision '${decision.id}' was ${decision.state} by ${decision.resolvedBy ?? "another client"}`,
  );
}
