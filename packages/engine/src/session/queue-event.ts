import type { EventOf, QueuedMessage } from "@optio/contract";
import { toInstant } from "../kernel/clock.ts";
import type { OwnerTransaction, StoredMessage } from "../store/store.ts";

/** The queue as the contract shows it. */
export function toQueue(messages: readonly StoredMessage[]): QueuedMessage[] {
  return messages.flatMap((message) =>
    message.state === "sent"
      ? []
      : [
          {
            messageId: message.messageId,
            text: message.text,
            mode: message.mode,
            state: message.state,
            origin: message.origin,
            createdAt: toInstant(message.createdAt),
          },
        ],
  );
}

/** The event that tells the whole queue as it is in this transaction. */
export async function queueEvent(tx: OwnerTransaction): Promise<EventOf<"queue.changed">> {
  return { type: "queue.changed", queue: toQueue(await tx.unsentMessages()) };
}
