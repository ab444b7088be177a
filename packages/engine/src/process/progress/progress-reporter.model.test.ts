import { OptioError } from "@optio/contract";
import fc from "fast-check";
import { expect, test } from "vitest";
import { PROGRESS_LIMITS } from "./progress-queue.ts";
import type { Taken } from "./reporter-room.test-support.ts";
import { ReporterRoom } from "./reporter-room.test-support.ts";

type Step =
  | { readonly do: "percent"; readonly percent: number }
  | { readonly do: "messages"; readonly count: number }
  | { readonly do: "pass"; readonly ms: number }
  | { readonly do: "outage" }
  | { readonly do: "return" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("percent" as const), percent: fc.integer({ min: 0, max: 100 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("messages" as const), count: fc.constantFrom(1, 1, 1, 2, 9, 30) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.constantFrom(5, 10, 50, 95, 100, 105, 400) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: "outage" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "return" as const }) },
);
const durations = fc.array(fc.constantFrom(0, 0, 5, 30, 100, 250), { minLength: 1, maxLength: 12 });

/** What was sent, and which of it was quiet by the rule alone. */
class Sent {
  readonly messages: { readonly text: string; readonly isQuiet: boolean }[] = [];
  readonly #atMs: number[] = [];
  last: number | null | undefined;

  message(atMs: number): { readonly percent: number | null; readonly text: string } {
    this.#atMs.push(atMs);
    const inWindow = this.#atMs.filter((other) => other > atMs - PROGRESS_LIMITS.windowMs).length;
    const text = `m${this.messages.length}`;
    const percent = this.messages.length % 3 === 0 ? null : this.messages.length % 101;
    this.messages.push({ text, isQuiet: inWindow <= PROGRESS_LIMITS.quietMessages });
    this.last = percent;
    return { percent, text };
  }
}

test("whatever is reported and however long writes take: the last value is written, quiet messages all, in order, the rest is counted", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), durations, async (steps, durationsMs) => {
      const room = new ReporterRoom();
      room.durationsMs = [...durationsMs];
      const sent = new Sent();
      for (const each of steps) await perform(room, sent, each);
      room.refusal = undefined;
      await room.settle();
      check(room, sent);
    }),
    { numRuns: 150 },
  );
});

async function perform(room: ReporterRoom, sent: Sent, each: Step): Promise<void> {
  if (each.do === "pass") await room.pass(each.ms);
  else if (each.do === "outage") room.refusal = new OptioError("store-failed", "away");
  else if (each.do === "return") room.refusal = undefined;
  else if (each.do === "percent") {
    sent.last = each.percent;
    room.report(each.percent);
  } else {
    for (let n = 0; n < each.count; n += 1) {
      const { percent, text } = sent.message(room.clock.now());
      room.report(percent, text);
    }
  }
}

function check(room: ReporterRoom, sent: Sent): void {
  const logged = room.lines.filter((line) => line.startsWith("m"));
  const known = new Set(logged);
  const dropped = room.lines.reduce((sum, line) => sum + Number(/^\((\d+)\)$/.exec(line)?.[1] ?? 0), 0);
  expect(room.percent).toBe(sent.last);
  expect(known.size).toBe(logged.length);
  expect(logged).toEqual(sent.messages.map(({ text }) => text).filter((text) => known.has(text)));
  expect(sent.messages.filter(({ text, isQuiet }) => isQuiet && !known.has(text))).toEqual([]);
  expect(logged.length + dropped).toBe(sent.messages.length);
  expect(room.mostWriting).toBeLessThanOrEqual(1);
  expect(tooClose(room.taken)).toEqual([]);
}

/** Writes of nothing but percent that follow another one by less than the interval; the last flush may. */
function tooClose(taken: readonly Taken[]): Taken[] {
  return taken.filter((write, index) => {
    const before = taken[index - 1];
    if (!before || index === taken.length - 1) return false;
    const isThinned = write.entries.every(({ kind }) => kind === "percent");
    return isThinned && write.beganAtMs - before.endedAtMs < PROGRESS_LIMITS.intervalMs;
  });
}
