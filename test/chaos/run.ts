// Kills the server during a scripted run and compares the log with the script.
// Usage: node test/chaos/run.ts [--turns 200] [--kills 20] [--seed N] [--log]
import { parseArgs } from "node:util";
import { runChaos, summaryOf } from "./run-chaos.ts";

const { values } = parseArgs({
  options: {
    turns: { type: "string", default: "200" },
    kills: { type: "string", default: "20" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    log: { type: "boolean", default: false },
  },
});
const seed = readCount("seed", values.seed);
const result = await runChaos({
  turns: readCount("turns", values.turns),
  kills: readCount("kills", values.kills),
  seed,
});
if (values.log || result.problems.length > 0) console.log(result.log);
for (const problem of result.problems) console.log(`problem: ${problem}`);
console.log(summaryOf(result, seed));
process.exitCode = result.problems.length === 0 ? 0 : 1;

function readCount(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name} is "${text}", but must be a whole number`);
}
