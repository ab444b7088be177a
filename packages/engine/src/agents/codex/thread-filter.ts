import { z } from "zod";

/** One thing that codex sent by itself. */
export type Incoming =
  | { readonly kind: "notification"; readonly method: string; readonly params: unknown }
  | { readonly kind: "request"; readonly id: string | number; readonly method: string; readonly params: unknown };

const startedSchema = z.object({
  thread: z.object({ id: z.string(), ephemeral: z.boolean(), parentThreadId: z.string().nullish() }),
});

/**
 * Lets pass what concerns the session's thread. What arrives before the thread is known is held; what other threads send is
 * dropped (a terminal client has codex run short ones for titles), but requests of threads that ours started: they wait for a person.
 */
export class ThreadFilter {
  readonly #pass: (message: Incoming) => void;
  #threadId: string | undefined;
  #held: Incoming[] = [];
  readonly #children = new Set<string>();

  constructor(pass: (message: Incoming) => void) {
    this.#pass = pass;
  }

  /** Chooses the thread and lets pass what was held for it. */
  choose(threadId: string): void {
    this.#threadId = threadId;
    this.#children.clear();
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
    const isStart = message.method === "thread/started";
    if (about === undefined && !isStart) this.#pass(message);
    else if (this.#threadId === undefined) this.#held.push(message);
    else if (isStart) this.#noteChild(message.params, this.#threadId);
    else if (about === this.#threadId) this.#pass(message);
    else if (about !== undefined && message.kind === "request" && this.#children.has(about)) this.#pass(message);
  }

  #noteChild(params: unknown, own: string): void {
    const read = startedSchema.safeParse(params);
    if (!read.success) return;
    const { id, ephemeral, parentThreadId: parent } = read.data.thread;
    if (!ephemeral && parent != null && (parent === own || this.#children.has(parent))) this.#children.add(id);
  }
}

/** The thread that a message is about; undefined when it is about none. */
function threadOf(params: unknown): string | undefined {
  if (typeof params !== "object" || params === null || !("threadId" in params)) return undefined;
  return typeof params.threadId === "string" ? params.threadId : undefined;
}
