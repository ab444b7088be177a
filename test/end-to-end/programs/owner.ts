// One of two owners of the task `held`, whose body writes a line every few milliseconds until a write is refused: node owner.ts NAME.
// STORE says where the records are. Takes `launch`, `end` and `close` on its standard input, one a line; tells what happens, one JSON a line.
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { createEngine, defineTask } from "@optio/engine";

const WRITE_EVERY_MS = 20;
const [, , name = "owner"] = process.argv;
const { STORE = "{}", OPTIO_HOME = "", LEASE_MS = "30000" } = process.env;
const ends = new AbortController();

const held = defineTask({
  id: "held",
  name: "Held",
  async execute(ctx) {
    ctx.signal.addEventListener("abort", () =>
      tell({ aborted: ctx.signal.reason.code, because: ctx.signal.reason.message }),
    );
    tell({ begun: ctx.run });
    for (let line = 1; !ends.signal.aborted; line += 1) {
      try {
        await ctx.log("info", `${name} ${line}`);
      } catch (error) {
        // it believed to be the owner until now: the signal is not looked at
        tell({ refused: codeOf(error), line });
        // a body that still runs is told as well
        return untilAborted(ctx.signal);
      }
      if (line === 1) tell({ wrote: line });
      await delay(WRITE_EVERY_MS);
    }
  },
});
const leaseMs = Number(LEASE_MS);
const engine = await createEngine({
  tasks: [held],
  home: OPTIO_HOME,
  store: JSON.parse(STORE),
  processTimings: { leaseMs, tickMs: leaseMs / 10 },
});
tell({ ready: process.pid });
for await (const command of createInterface(process.stdin)) {
  if (command === "launch") tell({ launched: await launch() });
  if (command === "end") ends.abort();
  if (command === "close") break;
}
await engine.close();
tell({ closed: true });

async function launch(): Promise<number | string> {
  try {
    return (await engine.processes.launch("held", { resume: false })).run;
  } catch (error) {
    return codeOf(error);
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : String(error);
}

function tell(what: Readonly<Record<string, unknown>>): void {
  console.log(JSON.stringify(what));
}
