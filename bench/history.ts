import { join } from "node:path";
import type { BenchRoom } from "./lib/bench-room.ts";
import { startFloor } from "./lib/floor-client.ts";
import type { Budget } from "./lib/measure.ts";
import { median } from "./lib/measure.ts";
import { OurSession } from "./lib/our-session.ts";
import type { ServerUnderTest } from "./lib/server-under-test.ts";
import { freePort, startServer } from "./lib/server-under-test.ts";

const TURNS = 200;
/** The first rounds warm the compilers of both sides. */
const WARM_UP = 4;
const ROUNDS = 15;
const TURN = `!script ${JSON.stringify([{ run: "true" }, { say: "a line of an answer\n".repeat(20) }])}`;

/** The history of 200 turns shown to a new viewer, against `thread/resume` of bare codex. */
export async function benchHistory({ root, codexConfig }: BenchRoom): Promise<Budget[]> {
  const floor = await startFloor(root, codexConfig, "first");
  const server = await startServer(join(root, "history"), await freePort());
  const ours = await OurSession.create(server, codexConfig, "first");
  await ours.firstTextMs;
  for (let turn = 1; turn < TURNS; turn++) {
    await floor.turn(TURN);
    await ours.turn(TURN);
  }
  const head = Number((await server.api("GET", `/sessions/${ours.id}`)).headSeq);
  const samples = { floorMs: [] as number[], oursMs: [] as number[] };
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const floorRead = await floor.resumeAsViewer();
    const oursMs = await readHistory(server, ours.id, head);
    if (round < WARM_UP) continue;
    samples.floorMs.push(floorRead.ms);
    samples.oursMs.push(oursMs);
  }
  await ours.close();
  await floor.stop();
  await server.kill("SIGTERM");
  const [floorMs, oursMs] = [median(samples.floorMs), median(samples.oursMs)];
  const name = `history of ${TURNS} turns to a new viewer, against thread/resume`;
  return [
    { name, unit: "ratio", value: oursMs / floorMs, limit: 0.25, detail: { floorMs, oursMs, events: head, samples } },
  ];
}

async function readHistory(server: ServerUnderTest, id: string, head: number): Promise<number> {
  const stop = new AbortController();
  const from = performance.now();
  let seq = 0;
  for await (const { event, data } of server.stream(id, 0, stop.signal)) {
    if (event !== "durable") continue;
    const envelope: { seq: number } = JSON.parse(data);
    if (envelope.seq !== seq + 1) throw new Error(`event ${envelope.seq} came after ${seq}`);
    seq = envelope.seq;
    if (seq === head) break;
  }
  const ms = performance.now() - from;
  stop.abort();
  return ms;
}
