import { randomUUID } from "node:crypto";
import { OptioError, unwrap } from "@optio/contract";
import type { LogFollower } from "../support/log-follower.ts";
import { messagesIn } from "../support/read-log.ts";
import type { World } from "../support/world.ts";

/** A client that loses its server again and again: what it sent it looks up before it sends it once more. */
export class ChaosClient {
  readonly #world: World;
  readonly #id: string;
  readonly #log: LogFollower;

  constructor(world: World, id: string, log: LogFollower) {
    this.#world = world;
    this.#id = id;
    this.#log = log;
  }

  /** Sends a message whose text is unlike any other; resolves when it is stored for certain. */
  async send(text: string): Promise<void> {
    await this.#untilDone(async () => {
      if (await this.#isStored(text)) return;
      await this.#world.send(this.#id, text);
    });
  }

  /** Answers a decision; that an earlier attempt was taken is no failure. */
  async decide(decisionId: string, decision: "accept" | "decline"): Promise<void> {
    const key = randomUUID();
    await this.#untilDone(async () => {
      const options = {
        params: { path: { id: decisionId }, header: { "Idempotency-Key": key } },
        headers: { "Idempotency-Key": key },
        body: { decision },
      };
      await unwrap(this.#world.client.POST("/decisions/{id}", options));
    });
  }

  /** Tries until it succeeds; a server that is gone or not yet ready is waited for. */
  async #untilDone(attempt: () => Promise<void>): Promise<void> {
    for (;;) {
      await this.#world.whenUp();
      try {
        await attempt();
        return;
      } catch (error) {
        // what is no OptioError comes from the broken connection
        if (error instanceof OptioError && !error.retryable) throw error;
      }
    }
  }

  async #isStored(text: string): Promise<boolean> {
    const { queue, headSeq } = await this.#world.view(this.#id);
    if (queue.some((message) => message.text === text)) return true;
    await this.#log.untilSeq(headSeq);
    return messagesIn(this.#log.envelopes).includes(text);
  }
}
