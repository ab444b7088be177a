import fc from "fast-check";
import { LEASE_MS } from "../ownership.ts";
import { PROCESS_TIMINGS } from "../process-options.ts";
import type { ModelEngine, ModelWorld } from "./model-world.test-support.ts";
import { IDS } from "./model-world.test-support.ts";

const MAX_ENGINES = 5;

type BodyVerb = "write" | "return" | "fail" | "save" | "group";

/** One thing that happens. `which` picks an engine or a body of those that are there. */
export type Step = (
  | { readonly do: "launch"; readonly which: number; readonly id: string; readonly resume: boolean }
  | { readonly do: "cancel"; readonly which: number; readonly id: string }
  | { readonly do: "dismiss"; readonly which: number; readonly id: string }
  | { readonly do: BodyVerb; readonly which: number }
  | { readonly do: "child"; readonly which: number; readonly survives: boolean }
  | { readonly do: "oversleep" | "pause" | "wake" | "crash" | "tick"; readonly which: number }
  | { readonly do: "shutdown"; readonly which: number; readonly detach: boolean }
  | { readonly do: "boot"; readonly where: "here" | "elsewhere" }
  | { readonly do: "pass"; readonly ms: number }
) & {
  /** What the engines do then: all there is to do, as much of it as one engine has begun, or so many calls of one engine. */
  readonly then: "settle" | "rush" | number;
};

const which = fc.nat({ max: 11 });
const id = fc.constantFrom(...IDS);
const then = fc.oneof(
  { weight: 6, arbitrary: fc.constant("settle" as const) },
  { weight: 1, arbitrary: fc.constant("rush" as const) },
  { weight: 4, arbitrary: fc.nat({ max: 4 }) },
);

/** Any step, the usual ones more often. */
export const anySteps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("launch" as const), which, id, resume: fc.boolean(), then }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cancel" as const), which, id, then }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("dismiss" as const), which, id, then }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("write" as const), which, then }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("return", "fail", "save", "group"), which, then }) },
  { weight: 7, arbitrary: fc.record({ do: fc.constant("child" as const), which, survives: fc.boolean(), then }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom("pause", "wake", "tick"), which, then }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("tick" as const), which, then }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("oversleep" as const), which, then }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const), which, then }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("shutdown" as const), which, detach: fc.boolean(), then }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("boot" as const), where: fc.constantFrom("here", "elsewhere"), then }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      ms: fc.constantFrom(1_000, PROCESS_TIMINGS.forceShieldMs, PROCESS_TIMINGS.cancelGraceMs, LEASE_MS, LEASE_MS),
      then,
    }),
  },
);

/** Lets a step happen; one that nobody is there for is none. */
export async function perform(world: ModelWorld, step: Step): Promise<void> {
  if (step.do === "boot") {
    if (world.engines.length < MAX_ENGINES) await world.boot(step.where);
  } else if (step.do === "pass") world.clock.advance(step.ms);
  else if (isOfBody(step)) actInBody(world, step);
  else await actOnEngine(world, step);
  if (step.then === "settle") await world.settle();
  else if (step.then === "rush") await world.rush();
  else {
    const engine = pick(world.engines, "which" in step ? step.which : step.then);
    for (let call = 0; call < step.then; call += 1) await engine?.gate.letGo(1);
  }
}

type BodyStep = Extract<Step, { do: BodyVerb }> | Extract<Step, { do: "child" }>;
type EngineStep = Exclude<Step, BodyStep | { do: "boot" | "pass" }>;

function isOfBody(step: Step): step is BodyStep {
  return ["write", "return", "fail", "save", "group", "child"].includes(step.do);
}

function actInBody(world: ModelWorld, step: BodyStep): void {
  const body = pick(world.running, step.which);
  if (!body) return;
  if (step.do === "write") void body.write();
  else if (step.do === "return") body.end();
  else if (step.do === "fail") body.fail();
  else if (step.do === "save") body.ctx.markSavedState().catch(() => undefined);
  else if (body.ctx.processId.includes(".")) return;
  else if (step.do === "group") body.startGroup(["one", "two", "three"], world.child);
  else if (step.do === "child") body.startChild("child", world.child, step.survives);
}

async function actOnEngine(world: ModelWorld, step: EngineStep): Promise<void> {
  const engine = pick(candidates(world, step), step.which);
  if (!engine) return;
  if (step.do === "oversleep") return oversleep(world, engine);
  const { processes } = engine.under;
  if (step.do === "launch") world.call(engine, "launch", () => processes.launch(step.id, { resume: step.resume }));
  else if (step.do === "cancel") world.call(engine, "cancel", () => processes.cancel(step.id));
  else if (step.do === "dismiss") world.call(engine, "dismiss", () => processes.dismiss(step.id));
  else if (step.do === "tick") world.tick(engine);
  else if (step.do === "pause") engine.gate.shut();
  else if (step.do === "wake") engine.gate.open();
  else if (step.do === "crash") world.crash(engine);
  else if (step.do === "shutdown") world.stop(engine, step.detach);
}

/** An engine stands still for longer than its lease, the others look around. */
async function oversleep(world: ModelWorld, engine: ModelEngine): Promise<void> {
  engine.gate.shut();
  const others = world.engines.filter((other) => other !== engine && !other.isGone && !other.gate.isShut);
  for (const passed of [LEASE_MS / 2, LEASE_MS / 2]) {
    world.clock.advance(passed);
    for (const other of others) world.tick(other);
    await world.settle();
  }
}

function candidates({ engines }: ModelWorld, step: EngineStep): ModelEngine[] {
  const there = engines.filter(({ isGone }) => !isGone);
  if (step.do === "wake") return there.filter(({ gate }) => gate.isShut);
  if (step.do === "tick") return there.filter(({ isStopping }) => !isStopping);
  return there;
}

function pick<T>(from: readonly T[], which: number): T | undefined {
  return from[which % from.length];
}
