import type { Item } from "@optio/contract";
import type { AgentFact, AgentTurn } from "../agent/agent-kind.ts";
import type { AfterCommit, DecisionDesk } from "../agent/decisions/decision-desk.ts";
import type { Clock } from "../kernel/clock.ts";
import { toInstant } from "../kernel/clock.ts";
import type { OwnerTransaction, Store, StoredItem } from "../store/store.ts";
import { activityOf } from "./activity.ts";
import type { Board } from "./board.ts";
import type { LiveText } from "./live-text.ts";
import { queueEvent } from "./queue-event.ts";

type FactOf<T extends AgentFact["type"]> = Extract<AgentFact, { type: T }>;
type DurableFact = Exclude<AgentFact, { type: "item.delta" }>;

export interface JournalOptions {
  readonly processId: string;
  readonly store: Store;
  readonly clock: Clock;
  readonly board: Board;
  readonly text: LiveText;
  readonly desk: DecisionDesk;
  /** A message reached the agent for certain. */
  readonly onMessageSeen: (messageId: string) => void;
  readonly onTurnEnd: () => void;
  readonly onLoginChanged: (fact: FactOf<"login.changed">) => void;
}

/** Turns the agent's notices into durable events, each item started once and completed once, and into live text. */
export class Journal {
  readonly #options: JournalOptions;
  #lastDiff: FactOf<"diff.updated"> | undefined;

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Records notices in their order; neighbours share a transaction. */
  async record(facts: readonly AgentFact[]): Promise<void> {
    let durable: DurableFact[] = [];
    for (const fact of facts) {
      if (fact.type !== "item.delta") {
        durable.push(fact);
        continue;
      }
      if (durable.length > 0) await this.#recordAll(durable);
      durable = [];
      await this.#delta(fact);
    }
    if (durable.length > 0) await this.#recordAll(durable);
  }

  /** Records what the agent remembers of turns that ran while nobody listened. `restarted`: its program died meanwhile. */
  async recordHistory(threadId: string, turns: readonly AgentTurn[], restarted: boolean): Promise<void> {
    const facts = turns.flatMap((turn) => factsOf(threadId, turn));
    await this.#commit(async (tx) => {
      const after = await this.#writeAll(tx, facts);
      if (restarted) after.push(...(await this.#closeForgotten(tx, threadId, turns)));
      return after;
    });
  }

  /** Open items get a live text, so that what they still say is shown: after an adoption their beginning is missing. */
  async reopenText(threadId: string): Promise<void> {
    const { store, processId, text } = this.#options;
    for (const item of await store.events.openItems(processId, threadId)) {
      text.open({ threadId, itemId: item.itemId, kind: item.kind, joinedLate: true });
    }
  }

  /** Ends whatever is still open: the session is over. */
  async closeOpen(threadId: string): Promise<void> {
    await this.#commit((tx) => this.#closeForgotten(tx, threadId, []));
  }

  /** The agent lost the thread before it answered in it: its turns are over, and there is nothing that could be resumed. */
  async abandon(threadId: string): Promise<void> {
    await this.#commit(async (tx) => {
      const after = await this.#closeForgotten(tx, threadId, []);
      await tx.patch({ hasSavedState: false });
      return after;
    });
  }

  #recordAll(facts: readonly DurableFact[]): Promise<void> {
    return this.#commit((tx) => this.#writeAll(tx, facts));
  }

  /** One transaction, then what it asked to have done once it is durable. */
  async #commit(work: (tx: OwnerTransaction) => Promise<AfterCommit[]>): Promise<void> {
    for (const effect of await this.#options.board.commit(work)) effect();
  }

  async #writeAll(tx: OwnerTransaction, facts: readonly DurableFact[]): Promise<AfterCommit[]> {
    const after: AfterCommit[] = [];
    for (const fact of facts) after.push(...(await this.#write(tx, fact)));
    return after;
  }

  async #write(tx: OwnerTransaction, fact: DurableFact): Promise<AfterCommit[]> {
    const { desk, board } = this.#options;
    switch (fact.type) {
      case "turn.started":
        return this.#openTurn(tx, fact.threadId, fact.turnId);
      case "turn.completed":
        return this.#closeTurn(tx, fact);
      case "item.started":
        return this.#openItem(tx, fact);
      case "item.completed":
        return this.#completeItem(tx, fact);
      case "decision.requested": {
        const effect = await desk.take(tx, fact.request);
        return effect ? [effect] : [];
      }
      case "decision.settled":
        await desk.settledByAgent(tx, fact.agentKey);
        return [];
      case "usage.updated":
        board.set({ usage: fact.usage });
        await tx.append({ type: "usage.updated", usage: fact.usage });
        return [];
      case "limits.updated":
        if (isSame(board.facts.limits, fact.limits)) return [];
        board.set({ limits: fact.limits });
        await tx.append({ type: "limits.updated", limits: fact.limits });
        return [];
      case "plan.updated":
        await tx.append({ type: "plan.updated", threadId: fact.threadId, turnId: fact.turnId, plan: fact.plan });
        return [];
      case "diff.updated":
        // the agent repeats it after every step of a turn
        if (isSame(this.#lastDiff, fact)) return [];
        this.#lastDiff = fact;
        board.set({ diff: fact.stat });
        await tx.append({ type: "diff.updated", threadId: fact.threadId, turnId: fact.turnId, stat: fact.stat });
        return [];
      case "login.changed":
        return [() => this.#options.onLoginChanged(fact)];
      case "warning":
        await tx.append({ type: "warning", code: fact.code, message: fact.message });
        return [];
    }
  }

  async #openTurn(tx: OwnerTransaction, threadId: string, turnId: string): Promise<AfterCommit[]> {
    const known = await tx.findTurn(threadId, turnId);
    if (known?.status === null || known === undefined) {
      const { board } = this.#options;
      if (board.activeTurnId !== turnId) board.turnHasUserItem = false;
      board.activeTurnId = turnId;
    }
    if (await tx.openTurn(threadId, turnId)) await tx.append({ type: "turn.started", threadId, turnId });
    return [];
  }

  async #closeTurn(tx: OwnerTransaction, fact: FactOf<"turn.completed">): Promise<AfterCommit[]> {
    const { board, desk } = this.#options;
    const { threadId, turnId, status, error } = fact;
    const after = await this.#openTurn(tx, threadId, turnId);
    for (const open of await tx.openItems(threadId, turnId)) {
      after.push(...(await this.#finishItem(tx, open)));
    }
    await desk.withdrawTurn(tx, turnId);
    if (await tx.closeTurn(threadId, turnId, status)) {
      const usage = board.facts.usage;
      await tx.append({
        type: "turn.completed",
        threadId,
        turnId,
        status,
        ...(usage ? { usage } : {}),
        ...(error ? { error } : {}),
      });
      await tx.patch({ hasSavedState: true });
    }
    if (board.activeTurnId === turnId) board.activeTurnId = null;
    return [...after, () => this.#options.onTurnEnd()];
  }

  async #openItem(
    tx: OwnerTransaction,
    fact: FactOf<"item.started"> | FactOf<"item.completed">,
    joinedLate = false,
  ): Promise<AfterCommit[]> {
    const { threadId, turnId } = fact;
    const known = await tx.findItem(threadId, fact.item.id);
    const after = known ? [] : await this.#openTurn(tx, threadId, turnId);
    after.push(...(await this.#seeMessage(tx, fact)));
    if (known) return after;
    const { completedAt: _, ...rest } = await this.#withOrigin(tx, fact.item);
    const item: Item = {
      ...rest,
      status: "inProgress",
      startedAt: fact.item.startedAt ?? this.#now(),
      ...(joinedLate ? { joinedLate } : {}),
    };
    const { seq } = await tx.append({ type: "item.started", threadId, turnId, item });
    await tx.openItem({ threadId, turnId, itemId: item.id, kind: item.kind, startedSeq: seq });
    this.#options.board.set({ activity: activityOf(item) });
    after.push(() => this.#options.text.open({ threadId, itemId: item.id, kind: item.kind, joinedLate }));
    return after;
  }

  async #completeItem(tx: OwnerTransaction, fact: FactOf<"item.completed">): Promise<AfterCommit[]> {
    const { threadId, turnId } = fact;
    const after = await this.#openItem(tx, fact);
    if (!(await tx.completeItem(threadId, fact.item.id))) return after;
    const item: Item = {
      ...(await this.#withOrigin(tx, fact.item)),
      completedAt: fact.item.completedAt ?? this.#now(),
    };
    await tx.append({ type: "item.completed", threadId, turnId, item });
    await this.#options.desk.withdrawItem(tx, item.id);
    if (item.kind === "agentMessage") this.#options.board.set({ activity: activityOf(item) });
    after.push(() => this.#options.text.close(item.id));
    return after;
  }

  /** Ends an item that the agent never completed, as when a broken stream made it begin the message anew: with its start's fields and the text that reached us. */
  async #finishItem(tx: OwnerTransaction, open: StoredItem): Promise<AfterCommit[]> {
    const { store, processId, text } = this.#options;
    const [started] = await store.events.list(processId, { after: open.startedSeq - 1, limit: 1 });
    const base: Item =
      // retention may have dropped it: another one's start then stands first
      started?.seq === open.startedSeq && started.event.type === "item.started"
        ? started.event.item
        : { id: open.itemId, kind: open.kind, status: "interrupted" };
    if (!(await tx.completeItem(open.threadId, open.itemId))) return [];
    const item: Item = {
      ...base,
      ...textFields(open.kind, text.textOf(open.itemId)),
      status: "interrupted",
      completedAt: this.#now(),
    };
    await tx.append({ type: "item.completed", threadId: open.threadId, turnId: open.turnId, item });
    return [() => text.close(open.itemId)];
  }

  /** After a restart of the program nothing of the old one still runs: what it does not remember is over. */
  async #closeForgotten(tx: OwnerTransaction, threadId: string, turns: readonly AgentTurn[]): Promise<AfterCommit[]> {
    const running = new Set(turns.filter((turn) => turn.status === "inProgress").map((turn) => turn.turnId));
    const after: AfterCommit[] = [];
    for (const turn of await tx.openTurns(threadId)) {
      if (running.has(turn.turnId)) continue;
      after.push(
        ...(await this.#closeTurn(tx, {
          type: "turn.completed",
          threadId,
          turnId: turn.turnId,
          status: "interrupted",
        })),
      );
    }
    // an item may have come after its turn ended
    for (const open of await tx.openItems(threadId)) {
      if (!running.has(open.turnId)) after.push(...(await this.#finishItem(tx, open)));
    }
    return after;
  }

  /** The proof that a message arrived: its userMessage item. */
  async #seeMessage(
    tx: OwnerTransaction,
    fact: FactOf<"item.started"> | FactOf<"item.completed">,
  ): Promise<AfterCommit[]> {
    if (fact.item.kind !== "userMessage") return [];
    const { board } = this.#options;
    const steered = board.activeTurnId === fact.turnId && board.turnHasUserItem;
    const messageId = fact.item.messageId;
    const known = typeof messageId === "string" ? await tx.findMessage(messageId) : undefined;
    const after: AfterCommit[] = [];
    if (known && known.state !== "sent") {
      await tx.setMessage(known.messageId, {
        state: "sent",
        turnId: fact.turnId,
        ...(steered ? { mode: "steer" as const } : {}),
      });
      await tx.append(await queueEvent(tx));
      after.push(() => this.#options.onMessageSeen(known.messageId));
    }
    if (board.activeTurnId === fact.turnId) board.noteUserItem();
    return after;
  }

  async #withOrigin(tx: OwnerTransaction, item: Item): Promise<Item> {
    const messageId = item.messageId;
    if (item.kind !== "userMessage" || typeof messageId !== "string") return item;
    const known = await tx.findMessage(messageId);
    return known ? { ...item, origin: known.origin } : item;
  }

  async #delta(fact: FactOf<"item.delta">): Promise<void> {
    const { text } = this.#options;
    if (!text.isOpen(fact.itemId)) await this.#joinLate(fact);
    text.append(fact.itemId, fact.channel, fact.append);
  }

  /** Text of an item whose start was missed opens it, marked as joined late. */
  async #joinLate(fact: FactOf<"item.delta">): Promise<void> {
    const kind = KIND_OF_CHANNEL[fact.channel];
    const item: Item = { id: fact.itemId, kind, status: "inProgress", ...EMPTY_FIELDS[kind] };
    await this.#commit(async (tx) => {
      const known = await tx.findItem(fact.threadId, fact.itemId);
      if (known)
        return known.completed
          ? []
          : [
              () =>
                this.#options.text.open({
                  threadId: fact.threadId,
                  itemId: fact.itemId,
                  kind: known.kind,
                  joinedLate: true,
                }),
            ];
      return this.#openItem(tx, { type: "item.started", threadId: fact.threadId, turnId: fact.turnId, item }, true);
    });
  }

  #now(): string {
    return toInstant(this.#options.clock.now());
  }
}

const KIND_OF_CHANNEL = { text: "agentMessage", reasoning: "reasoning", output: "commandExecution" } as const;
const EMPTY_FIELDS = {
  agentMessage: { text: "" },
  reasoning: { summary: [] },
  commandExecution: { command: "" },
} as const;

function textFields(kind: string, live: { text: string; output: string } | undefined): Record<string, unknown> {
  if (!live) return {};
  if (kind === "agentMessage" || kind === "plan") return { text: live.text };
  if (kind === "reasoning") return { summary: live.text ? [live.text] : [] };
  return live.output ? { aggregatedOutput: live.output } : {};
}

function factsOf(threadId: string, turn: AgentTurn): DurableFact[] {
  const { turnId } = turn;
  const items = turn.items.map(
    (item): DurableFact => ({
      type: item.status === "inProgress" ? "item.started" : "item.completed",
      threadId,
      turnId,
      item,
    }),
  );
  const end: DurableFact[] =
    turn.status === "inProgress"
      ? []
      : [
          {
            type: "turn.completed",
            threadId,
            turnId,
            status: turn.status,
            ...(turn.error ? { error: turn.error } : {}),
          },
        ];
  return [{ type: "turn.started", threadId, turnId }, ...items, ...end];
}

function isSame(known: unknown, told: unknown): boolean {
  return JSON.stringify(known) === JSON.stringify(told);
}
