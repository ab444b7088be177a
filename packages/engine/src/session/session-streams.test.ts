import { expect, test } from "vitest";
import { PublishedResults } from "../process/published-results.ts";
import { anItem, facts } from "./fake-agent.test-support.ts";
import type { SessionRoom } from "./session-room.test-support.ts";
import { openSessionRoom } from "./session-room.test-support.ts";
import { SessionStreams } from "./session-streams.ts";
import type { StreamPiece } from "./viewer.ts";
import { eachPiece } from "./viewer.ts";

const RUN = { processId: "p", run: 1 };
const brief = (piece: StreamPiece) =>
  piece.kind === "durable"
    ? piece.envelope.event.type
    : piece.frame.frame === "item.delta"
      ? `+${piece.frame.append}`
      : `=${piece.frame.text}`;

/** The next `count` pieces. */
async function take(stream: AsyncGenerator<StreamPiece>, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) {
    const { value } = await stream.next();
    if (value) taken.push(brief(value));
  }
  return taken;
}

function openStreams(room: SessionRoom) {
  const results = new PublishedResults();
  const streams = new SessionStreams(room.store, results);
  const publish = () => {
    results.begin(RUN);
    results.publish(RUN, room.session);
  };
  return { results, streams, publish };
}

const attach = (streams: SessionStreams) => {
  const signal = AbortSignal.timeout(60_000);
  return eachPiece(streams.attach("p", { after: 0, signal }), signal);
};
const record = (room: SessionRoom, ...given: Parameters<SessionRoom["session"]["journal"]["record"]>[0]) =>
  room.session.journal.record(given);

test("viewers of a session see the same events and text, each from where it came in", async () => {
  await using room = await openSessionRoom();
  const { streams, publish } = openStreams(room);
  publish();
  const early = attach(streams);
  expect(await take(early, 1)).toEqual(["process.state_changed"]);
  await record(room, facts.turnStarted("u"), facts.started("u", anItem("i")), facts.delta("u", "i", "Hel"));
  expect(await take(early, 3)).toEqual(["turn.started", "item.started", "=Hel"]);
  const late = attach(streams);
  expect(await take(late, 4)).toEqual(["process.state_changed", "turn.started", "item.started", "=Hel"]);
  await record(room, facts.started("u", anItem("j")), facts.delta("u", "j", "lo"));
  for (const viewer of [early, late]) expect(await take(viewer, 2)).toEqual(["item.started", "+lo"]);
});

test("a viewer stays through the change of the owner and gets the text of the new one", async () => {
  await using room = await openSessionRoom();
  const { streams, results, publish } = openStreams(room);
  publish();
  await record(room, facts.turnStarted("u"), facts.started("u", anItem("i")), facts.delta("u", "i", "old"));
  const viewer = attach(streams);
  expect(await take(viewer, 4)).toEqual(["process.state_changed", "turn.started", "item.started", "=old"]);
  results.end(RUN, "failed");
  await room.restart();
  await room.session.journal.reopenText("thread-1");
  publish();
  expect(await take(viewer, 1)).toEqual(["="]);
  await record(room, facts.delta("u", "i", "new"));
  expect(await take(viewer, 1)).toEqual(["+new"]);
});

test("events are told although the session runs elsewhere, and viewers that leave are forgotten", async () => {
  await using room = await openSessionRoom();
  const { streams, publish } = openStreams(room);
  const viewer = attach(streams);
  await take(viewer, 1);
  await record(room, facts.turnStarted("u"));
  expect(await take(viewer, 1)).toEqual(["turn.started"]);
  await viewer.return();
  publish();
  await record(room, facts.started("u", anItem("i")), facts.delta("u", "i", "nobody hears this"));
  const again = attach(streams);
  expect(await take(again, 4)).toEqual(["process.state_changed", "turn.started", "item.started", "=nobody hears this"]);
  streams.close();
});
