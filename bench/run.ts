// Measures everything, or the parts that are named: node bench/run.ts [sessions] [streams] [history] [engine] [fan-out]
import { fork } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { benchEngine } from "./engine.ts";
import { benchFanOut } from "./fan-out.ts";
import { benchHistory } from "./history.ts";
import type { BenchRoom } from "./lib/bench-room.ts";
import type { Budget } from "./lib/measure.ts";
import { isKept, printBudget } from "./lib/measure.ts";
import { benchSessions } from "./sessions.ts";
import { benchStreams } from "./streams.ts";

const PARTS: Readonly<Record<string, (room: BenchRoom) => Promise<Budget[]>>> = {
  sessions: benchSessions,
  streams: benchStreams,
  history: benchHistory,
  engine: benchEngine,
  "fan-out": benchFanOut,
};

const named = process.argv.slice(2);
const unknown = named.find((name) => !(name in PARTS));
if (unknown !== undefined) throw new Error(`no part '${unknown}'; there are: ${Object.keys(PARTS).join(", ")}`);
// a home below the temp directory would make codex refuse its path helpers
const root = await mkdtemp("/var/tmp/optio-bench-");
const model = fork(join(import.meta.dirname, "model.ts"));
const codexConfig = await new Promise<object>((resolve) =>
  model.once("message", (message) => resolve((message as { codexConfig: object }).codexConfig)),
);

try {
  const budgets: Budget[] = [];
  for (const [name, bench] of Object.entries(PARTS)) {
    if (named.length > 0 && !named.includes(name)) continue;
    console.log(`${name} …`);
    budgets.push(...(await bench({ root, codexConfig })));
  }
  console.log();
  for (const budget of budgets) printBudget(budget);
  await writeResults(budgets);
  if (!budgets.every(isKept)) process.exitCode = 1;
} finally {
  model.disconnect();
  await rm(root, { recursive: true, force: true });
}

async function writeResults(budgets: readonly Budget[]): Promise<void> {
  const dir = join(import.meta.dirname, "results");
  await mkdir(dir, { recursive: true });
  const at = new Date().toISOString();
  await writeFile(
    join(dir, `${at.slice(0, 19).replaceAll(":", "-")}.json`),
    `${JSON.stringify({ at, node: process.version, budgets }, null, 2)}\n`,
  );
}
