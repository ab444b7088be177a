import { PROCESS_STATES } from "@optio/contract";
import type { Store } from "@optio/engine";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Tallies } from "./metrics.ts";

const KINDS = ["session", "task"] as const;

/** A registry of one server's own: the OS process's metrics, and ours read from the store and the tallies when it is asked. */
export function createRegistry(options: {
  readonly store: Store;
  readonly version: string;
  readonly tallies: Tallies;
}): Registry {
  const { store, version, tallies } = options;
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: "optio_info",
    help: "Version of the server and kind of its store.",
    labelNames: ["version", "store"],
    registers,
  }).set({ version, store: store.kind }, 1);
  new Gauge({
    name: "optio_processes",
    help: "Processes by kind and state.",
    labelNames: ["kind", "state"],
    registers,
    async collect() {
      const counts = await store.processes.countByState();
      for (const kind of KINDS) for (const state of PROCESS_STATES) this.set({ kind, state }, 0);
      for (const { kind, state, count } of counts) this.set({ kind, state }, count);
    },
  });
  new Gauge({
    name: "optio_decisions_pending",
    help: "Decisions that wait for a person.",
    registers,
    async collect() {
      this.set(await store.decisions.countPending());
    },
  });
  addTallies(registry, tallies);
  return registry;
}

function addTallies(registry: Registry, tallies: Tallies): void {
  const registers = [registry];
  new Counter({
    name: "optio_launches_total",
    help: "Runs launched by this server.",
    registers,
    collect() {
      this.reset();
      this.inc(tallies.launches);
    },
  });
  new Counter({
    name: "optio_run_ends_total",
    help: "Runs that ended in this server, by outcome.",
    labelNames: ["outcome"],
    registers,
    collect() {
      this.reset();
      for (const [outcome, count] of tallies.ends) this.inc({ outcome }, count);
    },
  });
  new Gauge({
    name: "optio_open_streams",
    help: "Open event streams by route.",
    labelNames: ["route"],
    registers,
    collect() {
      for (const [route, count] of tallies.streams) this.set({ route }, count);
    },
  });
}
