import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { get } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Envelope, LiveFrame } from "@optio/contract";
import type { ServerUnderTest } from "./server-under-test.ts";

/** What a viewer saw of a turn. */
export interface SeenTurn {
  /** All that came over its socket. */
  readonly bytes: number;
  /** Events that did not come in their order, and 1 more when the text that was streamed is not the text of the item. */
  readonly lost: number;
}

/** Pause of a slow viewer between two reads. */
const SLOW_READ_MS = 50;

/** A viewer that counts the bytes of its stream and checks what came; a slow one reads a little and waits. */
export class RawViewer {
  /** Resolves when the server streams. */
  readonly open: Promise<void>;
  readonly #turn: Promise<SeenTurn>;

  constructor(server: ServerUnderTest, id: string, after: number, options: { slow?: boolean } = {}) {
    const response = openStream(server, id, after);
    this.open = response.then(() => undefined);
    this.#turn = response.then((opened) => readTurn(opened, after, options.slow ?? false));
  }

  /** What was seen until the turn's end. */
  turn(): Promise<SeenTurn> {
    return this.#turn;
  }
}

async function openStream(server: ServerUnderTest, id: string, after: number): Promise<IncomingMessage> {
  const { url, headers } = server.address(`/sessions/${id}/events?after=${after}`);
  const request = get(url, { headers: { ...headers, accept: "text/event-stream" } });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}

async function readTurn(response: IncomingMessage, after: number, slow: boolean): Promise<SeenTurn> {
  const seen = { bytes: 0, lost: 0, seq: after, text: "" };
  let rest = "";
  for await (const chunk of response.setEncoding("utf8")) {
    seen.bytes += Buffer.byteLength(chunk as string);
    const blocks = (rest + chunk).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) if (take(block, seen)) return { bytes: seen.bytes, lost: seen.lost };
    if (slow) await delay(SLOW_READ_MS);
  }
  throw new Error("the stream ended within the turn");
}

/** True at the turn's end. */
function take(block: string, seen: { lost: number; seq: number; text: string }): boolean {
  const data = /^data: (.*)$/m.exec(block)?.[1];
  if (data === undefined) return false;
  if (block.startsWith("event: live")) {
    const frame: LiveFrame = JSON.parse(data);
    seen.text = frame.frame === "item.snapshot" ? frame.text : seen.text + frame.append;
    return false;
  }
  const { seq, event }: Envelope = JSON.parse(data);
  seen.lost += seq - seen.seq - 1;
  seen.seq = seq;
  if (event.type === "item.completed" && event.item.kind === "agentMessage" && seen.text !== "") {
    // what was not streamed yet comes with the item
    if (!String(event.item.text).startsWith(seen.text)) seen.lost += 1;
  }
  if (event.type === "item.started") seen.text = "";
  return event.type === "turn.completed";
}
