import { END_STATES, stateIn, toOptioError } from "@optio/contract";
import { createLocalHost } from "../../host/local/local-host.ts";
import { FakeClock } from "../../kernel/fake-clock.test-support.ts";
import type { Logger } from "../../kernel/logger.ts";
import type { ProcessRecord } from "../../store/store.ts";
import type { OwnerIdentity } from "../ownership.ts";
import { LEASE_MS } from "../ownership.ts";
import { PROCESS_TIMINGS } from "../process-options.ts";
import type { OpenStore, ProcessesUnderTest, ProcessRoom } from "../processes.test-support.ts";
import { openProcessRoom } from "../processes.test-support.ts";
import type { ProcessContext } from "../task.ts";
import { EngineGate, gatedClock } from "./engine-gate.test-support.ts";
import { findHistoryProblems, findLogProblems } from "./history.test-support.ts";
import type { BodyStyle } from "./model-body.test-support.ts";
import { ModelBody } from "./model-body.test-support.ts";
import { gatedStore, Ownerships } from "./ownerships.test-support.ts";

/** Processes of the model: two plain tasks, of which one ignores its signal, and a session. */
export const IDS = ["plain", "stubborn", "session"] as const;
/** More than any step leads to. */
const MAX_ROUNDS = 2_000;
/** Refusals that the contract knows. */
const REFUSALS: Readonly<Record<string, readonly string[]>> = {
  launch: ["shutting-down", "not-launchable", "no-resume-support"],
  cancel: ["not-cancellable"],
  dismiss: ["not-dismissable"],
  tick: [],
  shutdown: [],
};

/** One engine of the model. */
export interface ModelEngine {
  readonly name: string;
  readonly me: OwnerIdentity;
  readonly gate: EngineGate;
  readonly under: ProcessesUnderTest;
  /** Its OS process is there no more. */
  isGone: boolean;
  /** It was told to stop. */
  isStopping: boolean;
  isTicking: boolean;
}

/** Several engines on one store, a clock that stands still and every body in the hand of the test. */
export class ModelWorld implements AsyncDisposable {
  readonly engines: ModelEngine[] = [];
  readonly bodies: ModelBody[] = [];
  readonly clock = new FakeClock();
  readonly #room: ProcessRoom;
  readonly #ownerships = new Ownerships();
  readonly #pending = new Map<Promise<unknown>, { readonly engine: ModelEngine; readonly what: string }>();

  private constructor(room: ProcessRoom) {
    this.#room = room;
  }

  static async open(openStore: OpenStore): Promise<ModelWorld> {
    const world = new ModelWorld(await openProcessRoom(openStore));
    const [plain, stubborn, session] = IDS;
    await world.#room.define({ id: plain, execute: (ctx) => world.#begin(ctx, "heeding"), supportsResume: true });
    await world.#room.define({ id: stubborn, execute: (ctx) => world.#begin(ctx, "stubborn") });
    await world.#room.define(
      {
        id: session,
        session: { agent: "agent", model: null, scripted: true },
        execute: (ctx) => world.#begin(ctx, "heeding"),
      },
      "session",
    );
    return world;
  }

  get problems(): readonly string[] {
    return this.#ownerships.problems;
  }

  /** Bodies that run in engines that live. */
  get running(): ModelBody[] {
    return this.bodies.filter((body) => !body.isOver && !this.#engineOf(body).isGone);
  }

  /** Two engines, by which the processes are launched. */
  async begin(owners: readonly number[]): Promise<void> {
    for (const where of ["here", "elsewhere"] as const) await this.boot(where);
    await this.settle();
    for (const [index, id] of IDS.entries()) {
      const engine = this.engines[owners[index] ?? 0];
      if (engine) this.call(engine, "launch", () => engine.under.processes.launch(id, { resume: false }));
    }
    await this.settle();
  }

  /** Starts another engine, on this machine or on one of which nobody can tell whether its processes live. */
  async boot(where: "here" | "elsewhere"): Promise<ModelEngine> {
    const name = `engine ${this.engines.length + 1}`;
    const gate = new EngineGate();
    const clock = gatedClock(this.clock, gate);
    const host = createLocalHost();
    const store = gatedStore(this.#room.store, { gate, engine: name, ownerships: this.#ownerships });
    const processes = { ...host.processes, isAlive: async ({ pid }: { pid: number }) => this.#lives(pid) };
    const logger = this.#logger(name);
    const under = await this.#room.engine({
      me: { machineId: where === "here" ? "here" : name, bootId: "boot", pid: this.engines.length + 1, startTime: "1" },
      parts: {
        services: { store, host: { ...host, processes }, clock, logger, tasksRoot: "/nowhere" },
        taskServices: { engine: name },
      },
    });
    const engine = { name, me: under.me, gate, under, isGone: false, isStopping: false, isTicking: false };
    this.engines.push(engine);
    this.call(engine, "tick", () => under.processes.adoptOrphans());
    return engine;
  }

  /** Asks an engine for something; how it answers is looked at whenever it does. */
  call(engine: ModelEngine, what: string, work: () => Promise<unknown>): void {
    const answered = work().then(
      () => undefined,
      (error: unknown) => {
        const { code, message } = toOptioError(error);
        if (!REFUSALS[what]?.includes(code))
          this.#ownerships.problems.push(`${engine.name} ${what}: ${code}, ${message}`);
      },
    );
    this.#pending.set(answered, { engine, what });
    void answered.then(() => this.#pending.delete(answered));
  }

  /** What an engine does every few seconds; not again while it still does. */
  tick(engine: ModelEngine): void {
    if (engine.isTicking) return;
    engine.isTicking = true;
    const { processes } = engine.under;
    this.call(engine, "tick", async () => {
      try {
        await processes.renewLeases();
        await processes.adoptOrphans();
      } finally {
        engine.isTicking = false;
      }
    });
  }

  stop(engine: ModelEngine, detach: boolean): void {
    engine.isStopping = true;
    this.call(engine, "shutdown", () => engine.under.processes.shutdown({ detach }));
  }

  /** Its OS process is gone: nothing of it is written any more. */
  crash(engine: ModelEngine): void {
    engine.isGone = true;
    engine.gate.shut();
  }

  /** Lets every call of every engine go, until nothing more follows. */
  async settle(): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      let waiting = 0;
      for (const { gate } of this.engines) {
        await gate.letGo(gate.waiting);
        waiting += gate.waiting;
      }
      if (waiting === 0) return;
    }
    this.#ownerships.problems.push(`the engines are still busy after ${MAX_ROUNDS} rounds`);
  }

  /** The same, of all engines at the same time. */
  async rush(): Promise<void> {
    await Promise.all(this.engines.map(({ gate }) => gate.letGo(gate.waiting)));
  }

  /** Moves the time on; what wakes up is carried out. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.settle();
  }

  /** Bodies of child tasks. */
  readonly child = (ctx: ProcessContext): Promise<unknown> => this.#begin(ctx, "heeding");

  async check(): Promise<void> {
    const { store } = this.#room;
    for (const record of await this.#records()) {
      this.#ownerships.problems.push(...(await findHistoryProblems(store, record)));
      this.#ownerships.problems.push(...(await findLogProblems(store, record, this.bodies)));
    }
  }

  /** Wakes whoever was stopped, ends everything and lets the time pass: nothing may be left behind. */
  async finish(): Promise<void> {
    for (const { gate, isGone } of this.engines) if (!isGone) gate.open();
    await this.settle();
    await this.#tickAll();
    await this.#checkLosers();
    for (let round = 0; round < 3; round += 1) await this.pass(PROCESS_TIMINGS.sessionGraceMs);
    await this.#checkNoneWaits();
    if (!this.engines.some(({ isGone, isStopping }) => !isGone && !isStopping)) await this.boot("here");
    for (let round = 0; round < 4; round += 1) {
      for (const body of this.running) body.end();
      await this.pass(LEASE_MS);
      await this.#tickAll();
    }
    for (const { id, state } of await this.#records()) {
      if (state !== "idle" && !stateIn(state, END_STATES)) this.#ownerships.problems.push(`'${id}' is still ${state}`);
    }
    for (const engine of this.engines) if (!engine.isGone && !engine.isStopping) this.stop(engine, false);
    await this.pass(PROCESS_TIMINGS.sessionGraceMs);
    for (const { engine, what } of this.#pending.values()) {
      if (!engine.isGone) this.#ownerships.problems.push(`${engine.name} never answered: ${what}`);
    }
    await this.check();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#room[Symbol.asyncDispose]();
  }

  #begin(ctx: ProcessContext, style: BodyStyle): Promise<unknown> {
    const engine = String(ctx.services.engine);
    const body = new ModelBody(this.bodies.length + 1, engine, ctx, this.#ownerships);
    const { processId, run, epoch } = ctx.key;
    const others = this.bodies.filter(
      ({ ctx: other, isLost }) => other.processId === processId && other.run === run && !isLost,
    );
    if (others.length > 0 && !body.isLost)
      this.#ownerships.problems.push(
        `run ${run} of '${processId}' has ${others.length + 1} bodies, the last of epoch ${epoch}`,
      );
    this.bodies.push(body);
    return body.run(style);
  }

  async #tickAll(): Promise<void> {
    for (const engine of this.engines) if (!engine.isGone && !engine.isStopping) this.tick(engine);
    await this.settle();
  }

  /** Once everybody is awake and has looked around. */
  async #checkLosers(): Promise<void> {
    for (const body of this.running.filter(({ isLost }) => isLost)) {
      const { processId, signal, key } = body.ctx;
      const what = `the body of run ${key.run}, epoch ${key.epoch} of '${processId}' in ${body.engine}`;
      if (!signal.aborted) this.#ownerships.problems.push(`${what} lost its run and does not know`);
      const before = body.taken.length;
      const writing = body.write();
      await this.settle();
      await writing;
      if (body.taken.length > before) this.#ownerships.problems.push(`${what} lost its run and writes`);
    }
  }

  /** A launched run does not wait for what an earlier one left behind. */
  async #checkNoneWaits(): Promise<void> {
    for (const { id, state, owner, run } of await this.#records()) {
      const engine = this.engines.find(({ me }) => me.pid === owner?.pid);
      if (state === "scheduled" && engine && !engine.isGone)
        this.#ownerships.problems.push(`run ${run} of '${id}' never begins in ${engine.name}`);
    }
  }

  async #records(): Promise<readonly ProcessRecord[]> {
    return (await this.#room.store.processes.list({ limit: 500 })).items;
  }

  #engineOf(body: ModelBody): ModelEngine {
    const engine = this.engines.find(({ name }) => name === body.engine);
    if (!engine) throw new Error(`no engine '${body.engine}'`);
    return engine;
  }

  #lives(pid: number): boolean {
    return this.engines.some(({ me, isGone }) => me.pid === pid && !isGone);
  }

  /** An error that an engine tells of is a problem, but that another owner was faster, or that it slept while a session let go. */
  #logger(name: string): Logger {
    const problems = this.#ownerships.problems;
    const quiet = () => undefined;
    const logger: Logger = {
      debug: quiet,
      info: quiet,
      warn: quiet,
      error({ code, error, process }, message) {
        const isRace =
          code === "stale-owner" || String(error).includes("lost it") || message.includes("did not let go");
        if (!isRace) problems.push(`${name} on '${process}': ${message}: ${error}`);
      },
      child: () => logger,
    };
    return logger;
  }
}
