import { setImmediate } from "node:timers/promises";
import type { TaskDefinition } from "@optio/engine";
import { defineTask } from "@optio/engine";

/** Lines that the chatty task writes in its first run before it opens `chatty-has-written`. */
export const CHATTY_LINES = 5_000;

/** The last of them, written once `chatty-is-watched` opens. */
const LINES_WATCHED = 500;

/** Points at which a task waits until it is let on. */
export class Gates {
  readonly #gates = new Map<string, PromiseWithResolvers<void>>();

  /** Waits until `open(name)`. @throws the signal's reason when it aborts first. */
  async wait(name: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => aborted.reject(signal.reason), { once: true });
    await Promise.race([this.#gate(name).promise, aborted.promise]);
  }

  open(name: string): void {
    this.#gate(name).resolve();
  }

  #gate(name: string): PromiseWithResolvers<void> {
    const known = this.#gates.get(name);
    if (known) return known;
    const gate = Promise.withResolvers<void>();
    this.#gates.set(name, gate);
    return gate;
  }
}

/** Tasks of every sort that the dashboard shows; each goes on when its gates open. */
export function dashboardTasks(gates: Gates): TaskDefinition[] {
  return [report(gates), chatty(gates), nightly, migrate(gates), broken, copy, probe];
}

/** A parent with two children, one of which has a child of its own and one of which fails. */
function report(gates: Gates): TaskDefinition {
  return defineTask({
    id: "report",
    name: "Sales report",
    description: "Collects the sales of the day and writes the page that the team reads.",
    metadata: { team: "core", tier: 2 },
    async execute(ctx) {
      await ctx.reportProgress(10, "Fetching the sales");
      await ctx.setWidgetData({ regions: ["north", "south"], rows: 18_230 });
      await ctx.runChild({
        id: "fetch",
        name: "Fetch the archive",
        async execute(fetching) {
          await fetching.reportProgress(null, "Asking the gateway");
          await gates.wait("fetch-starts", fetching.signal);
          await fetching.runChild({ id: "north", name: "Region north", execute: async () => undefined });
          await fetching.reportProgress(60, "Page 6 of 10");
          await gates.wait("fetch-ends", fetching.signal);
        },
      });
      await ctx.runChild({ id: "checks", name: "Checks", execute: sumsDiffer }, { surviveFailure: true });
      await ctx.reportProgress(80, "Writing the page");
      await gates.wait("report-ends", ctx.signal);
    },
  });
}

async function sumsDiffer(): Promise<never> {
  throw new Error("2 of 14 sums differ");
}

function chatty(gates: Gates): TaskDefinition {
  return defineTask({
    id: "chatty",
    name: "Import the archive",
    metadata: { team: "core" },
    async execute(ctx) {
      for (let line = 1; line <= (ctx.run === 1 ? CHATTY_LINES : 1); line += 1) {
        // the server and the browser's driver share this thread
        if (line % 25 === 0) await setImmediate();
        if (line === CHATTY_LINES - LINES_WATCHED) await gates.wait("chatty-is-watched", ctx.signal);
        const level = line % 1_000 === 0 ? "error" : line % 100 === 0 ? "warning" : "info";
        await ctx.log(level, `Imported page ${line}`, line % 1_000 === 0 ? { page: line, retries: 3 } : undefined);
      }
      gates.open("chatty-has-written");
      await gates.wait("chatty-goes-on", ctx.signal);
      await ctx.log("info", "One more page came in");
      await gates.wait("chatty-says-more", ctx.signal);
      await ctx.log("warning", "The last page was short");
      await gates.wait("chatty-ends", ctx.signal);
    },
  });
}

const nightly = defineTask({
  id: "nightly",
  name: "Tidy old uploads",
  description: "Removes uploads that nobody fetched for a month.",
  schedule: { cron: "15 3 * * 0", timeZone: "America/New_York", misfire: "once" },
  metadata: { team: "platform" },
  execute: async () => undefined,
});

function migrate(gates: Gates): TaskDefinition {
  return defineTask({
    id: "migrate",
    name: "Move the database",
    description: "Moves everything to the new machine.",
    warning: "This stops all writes for about ten minutes.",
    metadata: { team: "platform" },
    supportsResume: true,
    async execute(ctx) {
      await ctx.markSavedState();
      await ctx.log("info", ctx.resume ? "Goes on where it stopped" : "Starts from the beginning");
      await gates.wait(`migrate-${ctx.run}`, ctx.signal);
    },
  });
}

const broken = defineTask({
  id: "broken",
  name: "Send the invoices",
  async execute() {
    throw new Error("the mail server refused the sender <billing@example.org>");
  },
});

const copy = defineTask({ id: "copy", name: "Copy the backups", ttlSeconds: 86_400, execute: async () => undefined });

const probe = defineTask({ id: "probe", name: "Internal probe", special: true, execute: async () => undefined });
