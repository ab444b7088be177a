import { join } from "node:path";
import type { BenchRoom } from "./lib/bench-room.ts";
import { startFloor } from "./lib/floor-client.ts";
import type { Budget } from "./lib/measure.ts";
import { median } from "./lib/measure.ts";
import { OurSession } from "./lib/our-session.ts";
import { RawViewer } from "./lib/raw-viewer.ts";
import { freePort, startServer } from "./lib/server-under-test.ts";
import { LONG_TEXT } from "./model.ts";

const ROUNDS = 9;

/** A long text in small chunks: time against bare codex, bytes to a viewer, nothing lost, with a slow reader beside. */
export async function benchStreams({ root, codexConfig }: BenchRoom): Promise<Budget[]> {
  const floor = await startFloor(root, codexConfig, LONG_TEXT.prompt);
  const server = await startServer(join(root, "streams"), await freePort());
  const ours = await OurSession.create(server, codexConfig, LONG_TEXT.prompt);
  await ours.firstTextMs;
  const samples = { floorMs: [] as number[], oursMs: [] as number[], bytes: [] as number[] };
  let lost = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const floorMs = await timed(() => floor.turn(LONG_TEXT.prompt));
    const head = Number((await server.api("GET", `/sessions/${ours.id}`)).headSeq);
    const viewer = new RawViewer(server, ours.id, head);
    const slow = new RawViewer(server, ours.id, head, { slow: true });
    await Promise.all([viewer.open, slow.open]);
    const oursMs = await timed(() => ours.turn(LONG_TEXT.prompt));
    const [seen, late] = [await viewer.turn(), await slow.turn()];
    lost += seen.lost + late.lost;
    if (round === 0) continue;
    samples.floorMs.push(floorMs);
    samples.oursMs.push(oursMs);
    samples.bytes.push(seen.bytes);
  }
  await ours.close();
  await floor.stop();
  await server.kill("SIGTERM");
  const [floorMs, oursMs, bytes] = [median(samples.floorMs), median(samples.oursMs), median(samples.bytes)];
  const what = `${LONG_TEXT.chars} characters in chunks of 8`;
  const detail = { floorMs, oursMs, bytes, samples };
  return [
    {
      name: `${what}: time of the turn, against bare codex`,
      unit: "ratio",
      value: oursMs / floorMs,
      limit: 1.25,
      detail,
    },
    {
      name: `${what}: bytes to a viewer, against the text`,
      unit: "ratio",
      value: bytes / LONG_TEXT.chars,
      limit: 3,
      detail,
    },
    { name: `${what}: lost by two viewers, one of them slow`, unit: "lost", value: lost, limit: 0, detail: {} },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}
