import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describeLog } from "../support/describe-log.ts";
import type { LogFollower } from "../support/log-follower.ts";
import { World } from "../support/world.ts";
import { ChaosClient } from "./chaos-client.ts";
import { findDifferences } from "./find-differences.ts";
import type { Group, KillMoment, PlanOptions } from "./plan.ts";
import { planRun } from "./plan.ts";
import { Random } from "./random.ts";

/** What a run did and what was wrong afterwards. */
export interface ChaosResult {
  readonly turns: number;
  readonly kills: Readonly<Partial<Record<KillMoment, number>>>;
  readonly events: number;
  readonly items: number;
  readonly durationMs: number;
  /** Empty: every expected item, and nothing else, exactly once and in order. */
  readonly problems: readonly string[];
  /** The log for a person. */
  readonly log: string;
}

/** Longest random wait before a kill, and before the next server, in ms. */
const KILL_WITHIN_MS = 900;
const AWAY_UP_TO_MS = 400;

/** Plays a scripted session whose server is killed again and again, then compares the log with the script. */
export async function runChaos(options: PlanOptions): Promise<ChaosResult> {
  const startedAt = performance.now();
  const groups = planRun(options);
  await using world = await World.create();
  await world.start();
  const { id } = await world.createSession();
  const run = new ChaosRun(world, id, new Random(options.seed + 1));
  for (const group of groups) await run.play(group);
  const stored = await world.log(id);
  const trace = readFileSync(join(world.taskDirectory(id), "workspace", "trace.txt"), "utf8");
  return {
    turns: groups.reduce((count, { turns }) => count + turns.length, 0),
    kills: run.kills,
    events: stored.length,
    items: stored.filter(({ event }) => event.type === "item.completed").length,
    durationMs: performance.now() - startedAt,
    problems: findDifferences({
      turns: groups.flatMap(({ turns }) => turns),
      stored,
      streamed: run.log.envelopes,
      trace,
    }),
    log: describeLog(stored),
  };
}

class ChaosRun {
  readonly kills: Partial<Record<KillMoment, number>> = {};
  readonly log: LogFollower;
  readonly #world: World;
  readonly #client: ChaosClient;
  readonly #random: Random;
  #ended = 0;

  constructor(world: World, id: string, random: Random) {
    this.#world = world;
    this.#random = random;
    this.log = world.follow(id);
    this.#client = new ChaosClient(world, id, this.log);
  }

  /** Sends the group's messages, answers its approvals, kills the server at its moment, waits for the end of its turns. */
  async play({ turns, kill }: Group): Promise<void> {
    const { lastSeq } = this.log;
    await Promise.all([
      this.#sendAll(turns.map(({ message }) => message)),
      ...turns.flatMap(({ answer }) => (answer ? [this.#answer(answer, lastSeq, kill === "approval")] : [])),
      ...(kill ? [this.#killAt(kill, lastSeq)] : []),
    ]);
    this.#ended += turns.length;
    await this.log.untilTurns(this.#ended);
  }

  async #sendAll(messages: readonly string[]): Promise<void> {
    // the order of messages is the order of their sending, so each waits for the one before it
    for (const message of messages) await this.#client.send(message);
  }

  async #answer(answer: "accept" | "decline", after: number, isKilledFirst: boolean): Promise<void> {
    const { decision } = await this.log.until({ type: "decision.requested" }, after);
    if (isKilledFirst) await this.log.until({ type: "session.adopted" }, after);
    await this.#client.decide(decision.id, answer);
  }

  async #killAt(moment: KillMoment, after: number): Promise<void> {
    await this.#untilMoment(moment, after);
    await this.#world.end("SIGKILL");
    this.kills[moment] = (this.kills[moment] ?? 0) + 1;
    await delay(this.#random.below(AWAY_UP_TO_MS));
    await this.#world.start();
  }

  async #untilMoment(moment: KillMoment, after: number): Promise<void> {
    const { log } = this;
    const frames = log.frames.length;
    if (moment === "before-send") await log.until({ type: "queue.changed" }, after);
    else if (moment === "streaming") await log.untilFrame((frame) => log.frames.indexOf(frame) >= frames);
    else if (moment === "approval") await log.until({ type: "decision.requested" }, after);
    else if (moment === "queue")
      await log.until({ type: "queue.changed", where: ({ queue }) => queue.length >= 2 }, after);
    else if (moment === "random") await delay(this.#random.below(KILL_WITHIN_MS));
    else await log.until({ type: "item.started", where: ({ item }) => item.kind === "commandExecution" }, after);
  }
}

/** One line for the end of a run. */
export function summaryOf({ turns, kills, events, items, durationMs, problems }: ChaosResult, seed: number): string {
  const all = Object.values(kills).reduce((sum, count) => sum + count, 0);
  const moments = Object.entries(kills).map(([moment, count]) => `${moment} ${count}`);
  const verdict = problems.length === 0 ? "exactly the expected items" : `${problems.length} problems`;
  const seconds = Math.round(durationMs / 1_000);
  return `chaos: ${turns} turns, ${all} kills (${moments.join(", ")}), ${items} items in ${events} events, seed ${seed}, ${seconds} s: ${verdict}`;
}
