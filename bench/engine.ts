import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Engine, EngineOptions } from "@optio/engine";
import { createEngine, defineTask } from "@optio/engine";
import { startPostgres } from "../packages/engine/src/testing/postgres/start-postgres.ts";
import type { BenchRoom } from "./lib/bench-room.ts";
import { fillEvents, fillLog, fillProcesses } from "./lib/fill-store.ts";
import type { Budget } from "./lib/measure.ts";
import { median, percentile } from "./lib/measure.ts";

const ROUNDS = 15;
const PROCESSES = 10_000;
const LOG_LINES = 100_000;
const SESSION_EVENTS = 50_000;
const LAUNCHES = 1_500;
const TASKS = 150;
const PAGE_LIMIT_MS = 20;
/** Every launch is three or four transactions; on PostgreSQL each of them commits by itself (ADR 0010). */
const LEAST_LAUNCHES: Readonly<Record<string, number>> = { SQLite: 300, PostgreSQL: 80 };

/** Lists, logs, event pages and launches of the engine in this process, on both stores. */
export async function benchEngine({ root }: BenchRoom): Promise<Budget[]> {
  const postgres = await startPostgres();
  try {
    return [
      ...(await benchStore("SQLite", { home: join(root, "sqlite") })),
      ...(await benchStore("PostgreSQL", { home: join(root, "postgres"), store: { postgres: postgres.url } })),
    ];
  } finally {
    await postgres.stop();
  }
}

type Where = Pick<EngineOptions, "home" | "store">;

async function benchStore(name: string, where: Where): Promise<Budget[]> {
  const tasks = Array.from({ length: TASKS }, (_, n) =>
    defineTask({ id: `task-${n}`, name: `Task ${n}`, metadata: { bench: "launch" }, execute: async () => undefined }),
  );
  const engine = await createEngine({ ...where, tasks });
  try {
    const launches = await benchLaunches(name, engine);
    await fillProcesses(engine.store, PROCESSES);
    const short = await benchLists(engine);
    await fillEvents(engine.store, "p-1", SESSION_EVENTS);
    await fillLog(engine.store, "p-2", LOG_LINES);
    const long = await benchLists(engine);
    return [
      ...launches,
      worst(`${name}: page of ${PROCESSES} processes, listed and filtered`, long, PAGE_LIMIT_MS),
      flatness(`${name}: the same pages with a long history, against a short one`, short, long),
      worst(`${name}: page of a ${LOG_LINES}-line log`, await benchLog(engine), PAGE_LIMIT_MS),
      worst(`${name}: newest page of ${SESSION_EVENTS} events`, await benchEvents(engine), 100),
    ];
  } finally {
    await engine.close();
  }
}

type Samples = Readonly<Record<string, readonly number[]>>;

async function measure(pages: Readonly<Record<string, () => Promise<unknown>>>): Promise<Samples> {
  const samples = new Map(Object.keys(pages).map((name) => [name, [] as number[]]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [name, page] of Object.entries(pages)) {
      const from = performance.now();
      JSON.stringify(await page());
      if (round > 0) samples.get(name)?.push(performance.now() - from);
    }
  }
  return Object.fromEntries(samples);
}

function benchLists({ processes }: Engine): Promise<Samples> {
  const limit = 100;
  return measure({
    newest: () => processes.list({ limit }),
    state: () => processes.list({ limit, state: "failed" }),
    text: () => processes.list({ limit, q: "number 77" }),
    metadata: () => processes.list({ limit, filter: { "metadata.team": "team-7" } }),
    rare: () => processes.list({ limit, filter: { "metadata.team": "nobody" } }),
    nested: () =>
      processes.list({
        limit,
        filter: {
          or: [{ "metadata.rank": { gte: 90 } }, { and: [{ state: "idle" }, { not: { "metadata.team": "team-1" } }] }],
        },
      }),
    children: () => processes.list({ limit, parent: "p-1" }),
  });
}

function benchLog({ processes }: Engine): Promise<Samples> {
  const limit = 500;
  return measure({
    first: () => processes.log("p-2", { limit }),
    middle: () => processes.log("p-2", { limit, after: LOG_LINES / 2 }),
    newest: () => processes.log("p-2", { limit, before: LOG_LINES + 1 }),
    errors: () => processes.log("p-2", { limit, before: LOG_LINES + 1, level: "error" }),
  });
}

function benchEvents({ sessions }: Engine): Promise<Samples> {
  return measure({ newest: () => sessions.events("p-1", { before: SESSION_EVENTS + 100, limit: 500 }) });
}

/** Launches every task again and again, some side by side, until so many runs have ended. */
async function benchLaunches(name: string, engine: Engine): Promise<Budget[]> {
  const lag = monitorEventLoopDelay({ resolution: 5 });
  const left = { count: LAUNCHES };
  const work = async (id: string) => {
    while (left.count-- > 0) await engine.processes.run(id);
  };
  await Promise.all(Array.from({ length: TASKS }, (_, n) => engine.processes.run(`task-${n}`)));
  lag.enable();
  const from = performance.now();
  await Promise.all(Array.from({ length: TASKS }, (_, n) => work(`task-${n}`)));
  const perSecond = (LAUNCHES * 1_000) / (performance.now() - from);
  lag.disable();
  const lagMs = lag.percentile(99) / 1e6;
  const detail = { launches: LAUNCHES, lagMeanMs: lag.mean / 1e6, lagMaxMs: lag.max / 1e6 };
  return [
    {
      name: `${name}: launches, each run to its end`,
      unit: "/s",
      value: perSecond,
      limit: LEAST_LAUNCHES[name] ?? 0,
      atLeast: true,
      detail,
    },
    { name: `${name}: event-loop lag meanwhile, 99 of 100`, unit: "ms", value: lagMs, limit: 50, detail },
  ];
}

function worst(name: string, samples: Samples, limit: number): Budget {
  const medians = Object.fromEntries(Object.entries(samples).map(([page, ms]) => [page, median(ms)]));
  const p90 = Object.fromEntries(Object.entries(samples).map(([page, ms]) => [page, percentile(ms, 0.9)]));
  return { name, unit: "ms", value: Math.max(...Object.values(medians)), limit, detail: { medians, p90 } };
}

/** Sum of the medians after, against before: flat is 1; the limit leaves room for noise. */
function flatness(name: string, before: Samples, after: Samples): Budget {
  const sum = (samples: Samples) => Object.values(samples).reduce((total, ms) => total + median(ms), 0);
  return { name, unit: "ratio", value: sum(after) / sum(before), limit: 1.5, detail: {} };
}
