import type { Envelope, LiveFrame } from "@optio/contract";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StreamPiece } from "./viewer.ts";
import { eachPiece, MAX_WAITING_CHARS, MAX_WAITING_PIECES, Viewer } from "./viewer.ts";

/** A log and one open item, told to a viewer as the engine does. */
class Model {
  readonly log: Envelope[] = [];
  text = "";
  reads = 0;
  /** Holds back reads until the test lets them go. */
  gate: Promise<void> | undefined;
  readonly viewer: Viewer;

  constructor(after = 0, before = 0) {
    for (let seq = 1; seq <= before; seq += 1) this.log.push(this.#envelope(seq));
    this.viewer = new Viewer(
      {
        read: async (from, limit) => {
          this.reads += 1;
          // a store reads at some moment while the reader waits: before or after what is committed meanwhile
          const early = this.log.slice(from, from + limit);
          await this.gate;
          const page = this.reads % 2 === 1 ? early : this.log.slice(from, from + limit);
          return page.map((envelope) => ({ seq: envelope.seq, json: JSON.stringify(envelope) }));
        },
        snapshot: () => [this.snapshot()],
      },
      after,
    );
  }

  commit(options: { lost?: boolean } = {}): void {
    const envelope = this.#envelope(this.log.length + 1);
    this.log.push(envelope);
    if (!options.lost) this.viewer.offer({ kind: "durable", envelope });
  }

  write(append: string): void {
    this.text += append;
    this.viewer.offer({
      kind: "live",
      frame: { frame: "item.delta", threadId: "t", itemId: "i", channel: "text", append },
    });
  }

  snapshot(): LiveFrame {
    return { frame: "item.snapshot", threadId: "t", itemId: "i", kind: "agentMessage", text: this.text, output: "" };
  }

  #envelope(seq: number): Envelope {
    const event = { type: "process.logged", level: "info", message: `${seq}` } as const;
    return { seq, at: "2026-01-01T00:00:00.000Z", run: 1, event };
  }
}

/** What a client makes of its pieces: seqs as they came, and the item's text. */
class Client {
  readonly seqs: number[] = [];
  text: string | undefined;

  take(piece: StreamPiece): void {
    if (piece.kind === "durable") this.seqs.push(piece.envelope.seq);
    else if (piece.frame.frame === "item.snapshot") this.text = piece.frame.text;
    else this.text = (this.text ?? "") + piece.frame.append;
  }
}

const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const brief = (piece: StreamPiece) =>
  piece.kind === "durable"
    ? piece.envelope.seq
    : piece.frame.frame === "item.delta"
      ? `+${piece.frame.append}`
      : `=${piece.frame.text}`;

const piecesOf = (viewer: Viewer, signal: AbortSignal) => eachPiece(viewer.batches(signal), signal);

/** The next `count` pieces. */
async function take(pieces: AsyncGenerator<StreamPiece>, count: number) {
  const taken: (number | string)[] = [];
  while (taken.length < count) {
    const { value } = await pieces.next();
    if (value) taken.push(brief(value));
  }
  return taken;
}

describe("a viewer", () => {
  test("gets the events after its seq, then the text so far, then what happens", async () => {
    const model = new Model(2, 4);
    model.text = "so far";
    const pieces = piecesOf(model.viewer, new AbortController().signal);
    expect(await take(pieces, 3)).toEqual([3, 4, "=so far"]);
    model.write(", more");
    model.commit();
    expect(await take(pieces, 2)).toEqual(["+, more", 5]);
    expect(model.reads).toBe(1);
  });

  test("pages through a long past", async () => {
    const model = new Model(0, 1_200);
    const pieces = piecesOf(model.viewer, new AbortController().signal);
    expect(await take(pieces, 1_201)).toEqual([...upTo(1_200), "="]);
  });

  test("gets an event once that was committed while its past was read", async () => {
    const model = new Model(0, 2);
    const gate = Promise.withResolvers<void>();
    model.gate = gate.promise;
    const pieces = piecesOf(model.viewer, new AbortController().signal);
    const first = take(pieces, 4);
    model.commit();
    const [, again] = model.log;
    if (again) model.viewer.offer({ kind: "durable", envelope: again });
    gate.resolve();
    expect(await first).toEqual([1, 2, 3, "="]);
  });

  test("reads the log again when an event is missing between two", async () => {
    const model = new Model();
    const pieces = piecesOf(model.viewer, new AbortController().signal);
    expect(await take(pieces, 1)).toEqual(["="]);
    model.commit({ lost: true });
    model.write("x");
    model.commit();
    expect(await take(pieces, 3)).toEqual(["+x", 1, 2]);
    expect(model.reads).toBe(2);
    expect(await take(pieces, 1)).toEqual(["=x"]);
  });

  test("that falls behind by pieces loses live frames and gets the text whole, and every event", async () => {
    const model = new Model();
    const pieces = piecesOf(model.viewer, new AbortController().signal);
    expect(await take(pieces, 1)).toEqual(["="]);
    for (let n = 0; n <= MAX_WAITING_PIECES; n += 1) model.commit();
    model.write("late");
    expect(await take(pieces, MAX_WAITING_PIECES + 2)).toEqual([...upTo(MAX_WAITING_PIECES + 1), "=late"]);
    expect(model.reads).toBeGreaterThan(1);
  });

  test("that falls behind by characters gets the text whole instead of frames", async () => {
    const model = new Model();
    const pieces = piecesOf(model.viewer, new AbortController().signal);
    await take(pieces, 1);
    const half = "x".repeat(MAX_WAITING_CHARS / 2);
    model.write(half);
    model.write(half);
    model.write("y");
    model.write("z");
    expect(await take(pieces, 1)).toEqual([`=${half}${half}yz`]);
  });

  test("that is told to look again gets what another OS process committed", async () => {
    const model = new Model(0, 1);
    const pieces = piecesOf(model.viewer, new AbortController().signal);
    expect(await take(pieces, 2)).toEqual([1, "="]);
    model.commit({ lost: true });
    model.viewer.lookAgain();
    expect(await take(pieces, 2)).toEqual([2, "="]);
  });

  test("gets the text again when another owner took the item over", async () => {
    const model = new Model();
    const pieces = piecesOf(model.viewer, new AbortController().signal);
    await take(pieces, 1);
    model.write("dropped, for the snapshot has it");
    model.commit();
    model.text = "new owner";
    model.viewer.refresh();
    expect(await take(pieces, 2)).toEqual([1, "=new owner"]);
    model.write("!");
    expect(await take(pieces, 1)).toEqual(["+!"]);
  });

  test("ends on abort, while it waits and before it began", async () => {
    const stop = new AbortController();
    const model = new Model();
    const pieces = piecesOf(model.viewer, stop.signal);
    await take(pieces, 1);
    const end = pieces.next();
    stop.abort();
    expect(await end).toEqual({ done: true, value: undefined });
    expect(await piecesOf(new Model(0, 3).viewer, stop.signal).next()).toMatchObject({ done: true });
  });

  test("ends with the failure of the log", async () => {
    const source = { read: () => Promise.reject(new Error("disk")), snapshot: () => [] };
    await expect(piecesOf(new Viewer(source, 0), new AbortController().signal).next()).rejects.toThrow("disk");
  });
});

const actions = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant("commit" as const) },
    { weight: 4, arbitrary: fc.constant("write" as const) },
    { weight: 1, arbitrary: fc.constant("lost" as const) },
    { weight: 1, arbitrary: fc.constant("refresh" as const) },
    { weight: 1, arbitrary: fc.constant("flood" as const) },
    { weight: 4, arbitrary: fc.constant("consume" as const) },
    { weight: 2, arbitrary: fc.constant("begin" as const) },
  ),
  { maxLength: 50 },
);

test("whatever commits, frames, losses and pauses come together: every event once and in order, the text exact", async () => {
  await fc.assert(
    fc.asyncProperty(actions, fc.nat(20), fc.nat(20), async (all, before, after) => {
      const from = Math.min(before, after);
      const model = new Model(from, before);
      const client = new Client();
      const stop = new AbortController();
      const pieces = piecesOf(model.viewer, stop.signal);
      let waiting: Promise<void> | undefined;
      let garbled = 0;
      const consume = () => {
        waiting ??= pieces.next().then(({ value }) => {
          if (value) client.take(value);
          if (!model.text.startsWith(client.text ?? "")) garbled += 1;
          waiting = undefined;
        });
      };
      for (const action of all) {
        if (action === "commit") model.commit();
        else if (action === "lost") model.commit({ lost: true });
        else if (action === "write") model.write(String.fromCharCode(97 + (model.text.length % 26)));
        else if (action === "refresh") model.viewer.refresh();
        else if (action === "flood") model.write("#".repeat(MAX_WAITING_CHARS / 2 + 1));
        else if (action === "begin") consume();
        else {
          consume();
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
      // what was lost shows with the next event
      model.commit();
      while (client.seqs.length < model.log.length - from || client.text !== model.text) {
        consume();
        await new Promise((resolve) => setImmediate(resolve));
        if (waiting) break;
      }
      expect(client.seqs).toEqual(upTo(model.log.length, from + 1));
      expect(client.text === model.text).toBe(true);
      expect(garbled).toBe(0);
      stop.abort();
      await waiting;
    }),
    { numRuns: 150 },
  );
});
