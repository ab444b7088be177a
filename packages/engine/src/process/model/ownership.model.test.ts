import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { STORES } from "../processes.test-support.ts";
import { anySteps, perform } from "./model-steps.test-support.ts";
import { ModelWorld } from "./model-world.test-support.ts";

/** Sequences per store: a database of PostgreSQL takes longer to make. */
const SEQUENCES = { sqlite: 60, postgres: 15 } as const;
const MAX_STEPS = 25;
const TIMEOUT_MS = 300_000;
/** A failure is replayed with its seed; a longer search takes more sequences. */
const { OPTIO_MODEL_SEQUENCES, OPTIO_MODEL_SEED } = process.env;

/** The engine that launches each of the processes at the start. */
const firstOwners = fc.array(fc.nat({ max: 1 }), { minLength: 3, maxLength: 3 });
const steps = fc.array(anySteps, { minLength: 5, maxLength: MAX_STEPS, size: "max" });

describe.each(STORES)(
  "engines on one store, $name, that launch, cancel, crash, sleep, take over and stop in any order",
  ({ name, open }) => {
    const usual = name === "SQLite" ? SEQUENCES.sqlite : SEQUENCES.postgres;
    const numRuns = Number(OPTIO_MODEL_SEQUENCES ?? usual);
    const seed = OPTIO_MODEL_SEED === undefined ? {} : { seed: Number(OPTIO_MODEL_SEED) };

    test(
      "give a run one owner whose writes count, refuse and tell losers, and end every run once (S-1, S-2, S-9)",
      async () => {
        const property = fc.asyncProperty(firstOwners, steps, async (owners, sequence) => {
          await using world = await ModelWorld.open(open);
          await world.begin(owners);
          for (const step of sequence) {
            await perform(world, step);
            await world.check();
            expect(world.problems).toEqual([]);
          }
          await world.finish();
          expect(world.problems).toEqual([]);
        });
        await fc.assert(property, { numRuns, ...seed });
      },
      TIMEOUT_MS,
    );
  },
);
