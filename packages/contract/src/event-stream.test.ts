import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StreamMessage } from "./event-stream.ts";
import { readEventStream } from "./event-stream.ts";

async function read(chunks: Uint8Array[]): Promise<StreamMessage[]> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  return Array.fromAsync(readEventStream(new Response(body)));
}

describe("an event stream", () => {
  test("is the same however its bytes are cut", async () => {
    const bytes = new TextEncoder().encode(
      'event: durable\nid: 7\ndata: {"text":"é 😀"}\n\n: ping\n\nevent: live\ndata: {"a":1}\n\n',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 8 }), async (cuts) => {
        const points = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const chunks = points.slice(1).map((end, index) => bytes.slice(points[index], end));
        expect(await read(chunks)).toEqual([
          { event: "durable", id: "7", data: '{"text":"é 😀"}' },
          { event: "live", id: undefined, data: '{"a":1}' },
        ]);
      }),
    );
  });

  test("of an answer without a body has no messages", async () => {
    expect(await Array.fromAsync(readEventStream(new Response(null)))).toEqual([]);
  });
});
