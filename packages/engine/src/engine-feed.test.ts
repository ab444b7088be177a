import { expect, test } from "vitest";
import { openEngineRoom } from "./engine.test-support.ts";
import type { FeedPiece } from "./engine.ts";
import { defineTask } from "./process/task.ts";
import { facts } from "./session/fake-agent.test-support.ts";

/** Pieces until one is such. */
async function takeUntil(feed: AsyncIterator<FeedPiece>, isSuch: (piece: FeedPiece) => boolean): Promise<FeedPiece[]> {
  const taken: FeedPiece[] = [];
  for (;;) {
    const { value, done } = await feed.next();
    if (done) throw new Error("the feed ended");
    taken.push(value);
    if (isSuch(value)) return taken;
  }
}

const open = (source: AsyncIterable<readonly FeedPiece[]>) => piecesOf(source)[Symbol.asyncIterator]();
const stateOf = (piece: FeedPiece) => (piece.frame.type === "process" ? piece.frame.process.state : undefined);

test("begins with the count of decisions, then tells every change from now on", async () => {
  const task = defineTask({ id: "t", name: "T", execute: async () => undefined });
  await using room = await openEngineRoom({ tasks: [task] });
  const feed = open(room.engine.feed({ signal: AbortSignal.timeout(60_000) }));
  expect((await feed.next()).value).toMatchObject({ frame: { type: "decisions", pending: 0 } });
  await room.engine.processes.launch("t", { resume: false });
  const pieces = await takeUntil(feed, (piece) => stateOf(piece) === "done");
  const ids = pieces.map(({ changeId }) => changeId);
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
  expect(new Set(ids).size).toBe(ids.length);
});

test("goes on after a change id, missing nothing that changed since", async () => {
  const tasks = ["a", "b"].map((id) => defineTask({ id, name: id, execute: async () => undefined }));
  await using room = await openEngineRoom({ tasks });
  const feed = open(room.engine.feed({ signal: AbortSignal.timeout(60_000) }));
  const [first] = await takeUntil(feed, () => true);
  for (const id of ["a", "b"]) {
    await room.engine.processes.launch(id, { resume: false });
    await room.engine.processes.waitForEnd(id);
  }
  const again = open(room.engine.feed({ after: first?.changeId ?? 0, signal: AbortSignal.timeout(60_000) }));
  const pieces = await takeUntil(again, (piece) => stateOf(piece) === "done" && idOf(piece) === "b");
  expect(pieces.flatMap((piece) => idOf(piece) ?? [])).toEqual(["a", "b"]);
  const all = open(room.engine.feed({ after: 0, signal: AbortSignal.timeout(60_000) }));
  expect((await takeUntil(all, (piece) => idOf(piece) === "b")).flatMap((piece) => idOf(piece) ?? [])).toEqual([
    "a",
    "b",
  ]);
});

test("tells the count of pending decisions when it changes", async () => {
  await using room = await openEngineRoom();
  await room.create("s");
  const feed = open(room.engine.feed({ signal: AbortSignal.timeout(60_000) }));
  await feed.next();
  const connection = await room.agent.connection();
  connection.tell(facts.turnStarted("u"), facts.asked("r1", "u"));
  const asked = await takeUntil(feed, ({ frame }) => frame.type === "decisions");
  expect(asked.at(-1)?.frame).toEqual({ type: "decisions", pending: 1 });
  connection.tell(facts.settled("r1"));
  const settled = await takeUntil(feed, ({ frame }) => frame.type === "decisions");
  expect(settled.at(-1)?.frame).toEqual({ type: "decisions", pending: 0 });
});

test("with a filter tells only what matches, and as removed what stops matching", async () => {
  const seen = Promise.withResolvers<void>();
  const tasks = ["a", "b"].map((id) =>
    defineTask({ id, name: id, metadata: { id }, execute: () => (id === "a" ? seen.promise : Promise.resolve()) }),
  );
  await using room = await openEngineRoom({ tasks });
  const filter = { "metadata.id": "a", state: { ne: "done" } };
  const feed = open(room.engine.feed({ filter, signal: AbortSignal.timeout(60_000) }));
  await takeUntil(feed, () => true);
  await room.engine.processes.run("b");
  await room.engine.processes.launch("a");
  const shown = await takeUntil(feed, (piece) => stateOf(piece) === "running");
  seen.resolve();
  const rest = await takeUntil(feed, ({ frame }) => frame.type === "process.removed");
  expect(new Set([...shown, ...rest].flatMap((piece) => idOf(piece) ?? []))).toEqual(new Set(["a"]));
  expect(rest.at(-1)?.frame).toEqual({ type: "process.removed", id: "a" });
});

test("tells of a process that is gone, also one who was away then", async () => {
  await using room = await openEngineRoom();
  const feed = open(room.engine.feed({ signal: AbortSignal.timeout(60_000) }));
  const [first] = await takeUntil(feed, () => true);
  await room.engine.processes.define(defineTask({ id: "x", name: "X", execute: async () => undefined }));
  await room.engine.processes.remove("x");
  const isGone = ({ frame }: FeedPiece) => frame.type === "process.removed" && frame.id === "x";
  await takeUntil(feed, isGone);
  const again = open(room.engine.feed({ after: first?.changeId ?? 0, signal: AbortSignal.timeout(60_000) }));
  await takeUntil(again, isGone);
});

test("ends on abort, also while it waits", async () => {
  await using room = await openEngineRoom();
  const stop = new AbortController();
  const feed = open(room.engine.feed({ signal: stop.signal }));
  await feed.next();
  const end = feed.next();
  stop.abort();
  expect(await end).toEqual({ done: true, value: undefined });
  expect(await open(room.engine.feed({ signal: stop.signal })).next()).toMatchObject({ done: true });
});

function idOf({ frame }: FeedPiece): string | undefined {
  return frame.type === "process" ? frame.process.id : undefined;
}

async function* piecesOf(source: AsyncIterable<readonly FeedPiece[]>): AsyncGenerator<FeedPiece> {
  for await (const batch of source) yield* batch;
}
