import { PassThrough } from "node:stream";
import { createApiClient } from "@optio/contract";
import { expect, test } from "vitest";
import { envelopes, eventStream, FixtureServer, problem, turnEvents, writeEvent } from "../program.test-support.ts";
import type { Connection } from "./connect.ts";
import type { StreamPiece } from "./follow-session.ts";
import { followSession } from "./follow-session.ts";

const events = envelopes(...turnEvents("hello"));
const EVENTS = "GET /sessions/p1/events";

function connectionTo(url: string): Connection {
  const request: Connection["request"] = (path, init) => fetch(`${url}${path}`, init);
  return { url, api: createApiClient({ baseUrl: url }), request };
}

async function collect(url: string, count: number, options: { giveUpAfterMs?: number } = {}): Promise<StreamPiece[]> {
  const pieces: StreamPiece[] = [];
  const stop = new AbortController();
  const stream = followSession(connectionTo(url), "p1", { after: 0, signal: stop.signal, retryMs: 1, ...options });
  for await (const piece of stream) {
    pieces.push(piece);
    if (pieces.filter((seen) => seen.kind === "durable").length === count) break;
  }
  return pieces;
}

const seqs = (pieces: readonly StreamPiece[]) =>
  pieces.map((piece) => (piece.kind === "durable" ? piece.envelope.seq : piece.kind));

test("a stream that breaks goes on after the last event, without a gap or a repetition", async () => {
  let opened = 0;
  await using server = new FixtureServer({
    [EVENTS]: () => {
      opened += 1;
      // the second answer repeats an event, as a server that sends too much would
      return opened === 1 ? eventStream(events.slice(0, 2), { end: true }) : eventStream(events.slice(1));
    },
  });
  const { OPTIO_URL: url = "" } = await server.start();
  expect(seqs(await collect(url, 6))).toEqual([1, 2, "lost", "back", 3, 4, 5, 6]);
  expect(server.requests.map((request) => request.query.get("after"))).toEqual(["0", "2"]);
});

test("a server that is away for a while and answers with faults is waited for", async () => {
  let asked = 0;
  await using server = new FixtureServer({
    [EVENTS]: () => {
      asked += 1;
      return asked < 4 ? problem(500, "internal", "starting") : eventStream(events);
    },
  });
  const { OPTIO_URL: url = "" } = await server.start();
  expect(seqs(await collect(url, 6))).toEqual(["lost", "back", 1, 2, 3, 4, 5, 6]);
});

test("a server that stays away ends the stream with an error", async () => {
  const gone = collect("http://127.0.0.1:9", 1, { giveUpAfterMs: 20 });
  await expect(gone).rejects.toMatchObject({
    code: "server-unreachable",
    message: expect.stringContaining("127.0.0.1:9"),
  });
});

test("a refusal is not tried again", async () => {
  await using server = new FixtureServer({ [EVENTS]: () => problem(404, "not-found", "no session 'p1'") });
  const { OPTIO_URL: url = "" } = await server.start();
  await expect(collect(url, 1)).rejects.toMatchObject({ code: "not-found", message: "no session 'p1'" });
  expect(server.requests).toHaveLength(1);
});

test("an abort ends the stream quietly while it is open", async () => {
  const stream = new PassThrough();
  await using server = new FixtureServer({ [EVENTS]: () => ({ stream }) });
  const { OPTIO_URL: url = "" } = await server.start();
  const stop = new AbortController();
  const [first] = events;
  if (first) writeEvent(stream, first);
  const pieces: StreamPiece[] = [];
  for await (const piece of followSession(connectionTo(url), "p1", { after: 0, signal: stop.signal })) {
    pieces.push(piece);
    stop.abort();
  }
  expect(seqs(pieces)).toEqual([1]);
});
