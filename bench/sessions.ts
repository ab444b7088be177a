import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { BenchRoom } from "./lib/bench-room.ts";
import type { Floor } from "./lib/floor-client.ts";
import { startFloor } from "./lib/floor-client.ts";
import type { Budget } from "./lib/measure.ts";
import { median, slope } from "./lib/measure.ts";
import { OurSession } from "./lib/our-session.ts";
import type { ServerUnderTest } from "./lib/server-under-test.ts";
import { freePort, startServer } from "./lib/server-under-test.ts";

const ROUNDS = 9;
const TURNS = 15;
const SESSIONS = 20;
const SLOW = `!script ${JSON.stringify([{ say: "slow text ".repeat(12), chunkChars: 10, delayMs: 25 }])}`;

/** Turns, adoption and memory of sessions, against bare codex. */
export async function benchSessions(room: BenchRoom): Promise<Budget[]> {
  return [...(await benchTurns(room)), await benchAdoption(room), ...(await benchMemory(room))];
}

/** Create → first text and next turn → first text, floor and ours turn about in one run. */
async function benchTurns({ root, codexConfig }: BenchRoom): Promise<Budget[]> {
  const server = await startServer(join(root, "turns"), await freePort());
  const samples = {
    floorCreate: [],
    oursCreate: [],
    floorNext: [],
    oursNext: [],
    floorSlow: [],
    oursSlow: [],
  } as Record<string, number[]>;
  const add = (name: string, ms: number) => samples[name]?.push(ms);
  for (let round = 0; round <= ROUNDS; round++) {
    const floor = await startFloor(root, codexConfig, "first");
    const ours = await OurSession.create(server, codexConfig, "first");
    const oursFirst = await ours.firstTextMs;
    // the first round warms caches of disk and compiler
    if (round > 0) {
      add("floorCreate", floor.firstTextMs);
      add("oursCreate", oursFirst);
      await alternate(floor, ours, "next", TURNS, (f, o) => {
        add("floorNext", f);
        add("oursNext", o);
      });
      await alternate(floor, ours, SLOW, 3, (f, o) => {
        add("floorSlow", f);
        add("oursSlow", o);
      });
    }
    await ours.close();
    await floor.stop();
    console.log(`round ${round}: create floor ${floor.firstTextMs.toFixed(0)} ms, ours ${oursFirst.toFixed(0)} ms`);
  }
  await server.kill("SIGTERM");
  const ratio = (name: string, ours: string, floor: string, limit: number): Budget => {
    const [o, f] = [median(samples[ours] ?? []), median(samples[floor] ?? [])];
    return {
      name,
      unit: "ratio",
      value: o / f,
      limit,
      detail: { oursMs: o, floorMs: f, ours: samples[ours], floor: samples[floor] },
    };
  };
  return [
    ratio("create with prompt → first text, against bare codex", "oursCreate", "floorCreate", 1.15),
    ratio("next turn → first text, against bare codex", "oursNext", "floorNext", 1.5),
    ratio("next turn → first text, the model streaming slowly", "oursSlow", "floorSlow", 1.5),
  ];
}

async function alternate(
  floor: Floor,
  ours: OurSession,
  text: string,
  turns: number,
  add: (floorMs: number, oursMs: number) => void,
): Promise<void> {
  for (let turn = 0; turn < turns; turn++) add(await floor.turn(text), await ours.turn(text));
}

/** From a healthy server after a SIGKILL to the moment its session is live again. */
async function benchAdoption({ root, codexConfig }: BenchRoom): Promise<Budget> {
  const home = join(root, "adoption");
  const port = await freePort();
  let server = await startServer(home, port);
  const session = await OurSession.create(server, codexConfig, "first");
  await session.firstTextMs;
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await server.kill("SIGKILL");
    server = await startServer(home, port);
    const healthyAt = performance.now();
    while ((await server.api("GET", `/sessions/${session.id}`)).live !== true) await delay(2);
    samples.push(performance.now() - healthyAt);
  }
  await server.api("POST", `/sessions/${session.id}/close`, {});
  await server.kill("SIGTERM");
  return {
    name: "adoption after a SIGKILL, from healthy",
    unit: "ms",
    value: median(samples),
    limit: 2_000,
    detail: { samples },
  };
}

/** Resident memory of the server alone, idle and with live sessions. */
async function benchMemory({ root, codexConfig }: BenchRoom): Promise<Budget[]> {
  const server = await startServer(join(root, "memory"), await freePort());
  await delay(3_000);
  const idle: number[] = [];
  for (let sample = 0; sample < 7; sample++) {
    idle.push(await server.rssMb());
    await delay(200);
  }
  const ids: string[] = [];
  const growth = [await settledRss(server)];
  for (let count = 0; count < SESSIONS; count++) {
    const session = await OurSession.create(server, codexConfig, "first");
    await session.firstTextMs;
    ids.push(session.id);
    growth.push(await settledRss(server));
  }
  for (const id of ids) await server.api("POST", `/processes/${id}/cancel`, { waitMs: 20_000 });
  await server.kill("SIGTERM");
  return [
    { name: "server memory, idle", unit: "MB", value: median(idle), limit: 140, detail: { idle } },
    {
      name: `server memory per live session (slope over ${SESSIONS})`,
      unit: "MB",
      value: slope(growth),
      limit: 2,
      detail: { growth },
    },
  ];
}

async function settledRss(server: ServerUnderTest): Promise<number> {
  const samples: number[] = [];
  for (let sample = 0; sample < 7; sample++) {
    samples.push(await server.rssMb());
    await delay(50);
  }
  return median(samples);
}
