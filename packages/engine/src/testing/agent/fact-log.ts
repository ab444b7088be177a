import type { AgentFact } from "../../agent/agent-kind.ts";

type FactOf<T extends AgentFact["type"]> = Extract<AgentFact, { type: T }>;

/** Reads the facts of a connection to their end and lets a test wait for one. */
export class FactLog {
  readonly all: AgentFact[] = [];
  /** Settles when the facts are over. */
  readonly ended: Promise<void>;
  #isOver = false;
  readonly #wakers = new Set<() => void>();

  constructor(facts: AsyncIterable<AgentFact>) {
    this.ended = this.#read(facts);
  }

  /** The facts of one type so far, in order. */
  of<T extends AgentFact["type"]>(type: T): FactOf<T>[] {
    return this.all.filter((fact): fact is FactOf<T> => fact.type === type);
  }

  /** The first fact of the type that fits, seen or to come. @throws Error when the facts end without it. */
  async until<T extends AgentFact["type"]>(
    type: T,
    fits: (fact: FactOf<T>) => boolean = () => true,
  ): Promise<FactOf<T>> {
    for (;;) {
      const found = this.of(type).find(fits);
      if (found) return found;
      if (this.#isOver) throw new Error(`the facts ended without the wanted ${type}; there were: ${this.#summary()}`);
      await new Promise<void>((resolve) => this.#wakers.add(resolve));
    }
  }

  async #read(facts: AsyncIterable<AgentFact>): Promise<void> {
    for await (const fact of facts) {
      this.all.push(fact);
      this.#wake();
    }
    this.#isOver = true;
    this.#wake();
  }

  #wake(): void {
    const wakers = [...this.#wakers];
    this.#wakers.clear();
    for (const wake of wakers) wake();
  }

  #summary(): string {
    return this.all.map((fact) => (fact.type === "warning" ? `warning '${fact.message}'` : fact.type)).join(", ");
  }
}
