import type { EventSourceMessage } from "eventsource-parser";
import { createParser } from "eventsource-parser";

/** One message of a server-sent event stream. */
export interface StreamMessage {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
}

/** The messages of an SSE answer, in order; ends when the server closes it. Aborting the fetch that made it ends it with that error. */
export async function* readEventStream(response: Response): AsyncGenerator<StreamMessage, void, undefined> {
  if (!response.body) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  // a chunk holds many messages: handed on from here, not one by one through streams of their own
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => void messages.push(message) });
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      for (const { event = "message", id, data } of messages.splice(0)) yield { event, id, data };
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
