import type { Envelope, OptioEvent } from "@optio/contract";

/** What is wrong with a log whatever happened in it; empty for a sound one. `settled`: nothing may be left open. */
export function findLogProblems(envelopes: readonly Envelope[], { settled = true } = {}): string[] {
  const reader = new LogReader();
  for (const envelope of envelopes) reader.read(envelope);
  return [...reader.problems, ...(settled ? reader.leftOpen() : [])];
}

class LogReader {
  readonly problems: string[] = [];
  readonly #open = new Set<string>();
  readonly #closed = new Set<string>();
  #seq = 0;

  read({ seq, event }: Envelope): void {
    if (seq !== this.#seq + 1) this.problems.push(`seq ${seq} follows ${this.#seq}`);
    this.#seq = seq;
    this.#readEvent(seq, event);
  }

  leftOpen(): string[] {
    return [...this.#open].map((what) => `${what} was left open`);
  }

  #readEvent(seq: number, event: OptioEvent): void {
    switch (event.type) {
      case "turn.started":
        this.#begin(seq, turnKey(event));
        break;
      case "turn.completed":
        this.#end(seq, turnKey(event));
        break;
      case "item.started":
        this.#requireOpen(seq, turnKey(event), `item ${event.item.id}`);
        this.#begin(seq, itemKey(event));
        break;
      case "item.completed":
        this.#requireOpen(seq, turnKey(event), `item ${event.item.id}`);
        this.#end(seq, itemKey(event));
        break;
      case "decision.requested":
        this.#begin(seq, `decision ${event.decision.id}`);
        break;
      case "decision.resolved":
        this.#end(seq, `decision ${event.decision.id}`);
        break;
    }
  }

  #begin(seq: number, what: string): void {
    if (this.#open.has(what) || this.#closed.has(what)) this.problems.push(`${seq}: ${what} began twice`);
    this.#open.add(what);
  }

  #end(seq: number, what: string): void {
    if (!this.#open.delete(what)) {
      this.problems.push(`${seq}: ${what} ended ${this.#closed.has(what) ? "twice" : "without a beginning"}`);
    }
    this.#closed.add(what);
  }

  #requireOpen(seq: number, turn: string, what: string): void {
    if (!this.#open.has(turn)) this.problems.push(`${seq}: ${what} outside of its ${turn}`);
  }
}

function turnKey({ threadId, turnId }: { threadId: string; turnId: string }): string {
  return `turn ${threadId}/${turnId}`;
}

function itemKey({ threadId, item }: { threadId: string; item: { id: string } }): string {
  return `item ${threadId}/${item.id}`;
}
