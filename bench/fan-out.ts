import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { BenchRoom } from "./lib/bench-room.ts";
import { openCrowd } from "./lib/crowd.ts";
import type { Budget } from "./lib/measure.ts";
import { median } from "./lib/measure.ts";

const CLIENTS = 1_000;
const EVENTS = 600;
const PER_SECOND = 64;
const ROUNDS = 3;

/** Durable events of 200 bytes published through an engine to 1 000 clients in another process. */
export async function benchFanOut({ root }: BenchRoom): Promise<Budget[]> {
  const server = fork(join(import.meta.dirname, "lib/fan-out-server.ts"), [join(root, "fan-out")]);
  const [ready] = (await once(server, "message")) as [{ url: string; token: string }];
  const crowd = await openCrowd(ready, CLIENTS);
  const samples = { delivered: [] as number[], published: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    const from = performance.now();
    const arrived = crowd.next(EVENTS);
    server.send({ count: EVENTS, perSecond: PER_SECOND });
    const [published] = (await once(server, "message")) as [{ ms: number }];
    await arrived;
    samples.delivered.push((CLIENTS * EVENTS * 1_000) / (performance.now() - from));
    samples.published.push((EVENTS * 1_000) / published.ms);
  }
  const { lost } = crowd;
  crowd.close();
  server.disconnect();
  await once(server, "exit");
  const detail = { clients: CLIENTS, eventsEachRound: EVENTS, samples };
  const name = `events to ${CLIENTS} clients`;
  return [
    { name: `${name}: published`, unit: "/s", value: median(samples.published), limit: 60, atLeast: true, detail },
    { name: `${name}: delivered`, unit: "/s", value: median(samples.delivered), limit: 40_000, atLeast: true, detail },
    { name: `${name}: lost or out of order`, unit: "lost", value: lost, limit: 0, detail: {} },
  ];
}
