import { EventSourceParserStream } from "eventsource-parser/stream";

/** One message of a server-sent event stream. */
export interface StreamMessage {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
}

/** The messages of an SSE answer, in order; ends when the server closes it. Aborting the fetch that made it ends it with that error. */
export async function* readEventStream(response: Response): AsyncGenerator<StreamMessage, void, undefined> {
  if (!response.body) return;
  const messages = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const reader = messages.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield { event: value.event ?? "message", id: value.id, data: value.data };
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
