/** One thing that codex sent by itself. */
export type Incoming =
  | { readonly kind: "notification"; readonly method: string; readonly params: unknown }
  | { readonly kind: "request"; readonly id: string | number; readonly method: string; readonly params: unknown };

/** Tells that a request is over, whichever thread asked. */
const SETTLED = "serverRequest/resolved";

/**
 * Lets pass what concerns the session. What arrives before its thread is known is held. What other threads tell is dropped: a
 * terminal client has codex run short ones for titles, and agents below the session's have threads of their own. What they ask
 * passes, for it waits for a person; codex asks only those who follow the thread or the one above it.
 */
export class ThreadFilter {
  readonly #pass: (message: Incoming) => void;
  #threadId: string | undefined;
  #held: Incoming[] = [];

  constructor(pass: (message: Incoming) => void) {
    this.#pass = pass;
  }

  /** Chooses the thread and lets pass what was held for it. */
  choose(threadId: string): void {
    this.#threadId = threadId;
    const held = this.#held;
    this.#held = [];
    for (const message of held) this.take(message);
  }

  /** No thread is chosen any more; what arrives is held again. */
  reset(): void {
    this.#threadId = undefined;
  }

  take(message: Incoming): void {
    const about = threadOf(message.params);
    if (about === undefined) this.#pass(message);
    else if (this.#threadId === undefined) this.#held.push(message);
    else if (about === this.#threadId || message.kind === "request" || message.method === SETTLED) this.#pass(message);
  }
}

/** The thread that a message is about; undefined when it is about none. */
function threadOf(params: unknown): string | undefined {
  if (typeof params !== "object" || params === null || !("threadId" in params)) return undefined;
  return typeof params.threadId === "string" ? params.threadId : undefined;
}
