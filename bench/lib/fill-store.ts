import type { OptioEvent } from "@optio/contract";
import type { Store } from "@optio/engine";

const BATCH = 1_000;
const OWNER = { machineId: "bench", bootId: "bench", pid: 1, startTime: "0", leaseUntil: 9e15 };

/** Inserts processes `p-0`, `p-1`, …: every tenth failed, the rest never launched. */
export async function fillProcesses(store: Store, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await store.processes.insert({
      id: `p-${n}`,
      kind: "task",
      agent: null,
      name: `Process number ${n}`,
      description: "one of many",
      metadata: { team: `team-${n % 50}`, rank: n % 100 },
      adhoc: true,
      sealedConfig: null,
      parent: n > 2 && n % 100 === 3 ? "p-1" : null,
      cancellable: true,
      supportsResume: false,
      session: null,
    });
    if (n % 10 === 5) await fail(store, `p-${n}`);
  }
}

/** Appends events to a process. */
export function fillEvents(store: Store, id: string, count: number): Promise<void> {
  return append(store, id, count, (n) => ({
    type: "warning",
    code: "bench",
    message: `event ${n} ${"x".repeat(150)}`,
  }));
}

/** Appends log lines to a process, one of a thousand an error. */
export function fillLog(store: Store, id: string, count: number): Promise<void> {
  return append(store, id, count, (n) => ({
    type: "process.logged",
    level: n % 1_000 === 0 ? "error" : "info",
    message: `line ${n} ${"x".repeat(80)}`,
  }));
}

async function append(store: Store, id: string, count: number, eventOf: (n: number) => OptioEvent): Promise<void> {
  const key = await claim(store, id);
  for (let from = 1; from <= count; from += BATCH) {
    await store.asOwner(key, async (tx) => {
      for (let n = from; n < from + BATCH && n <= count; n++) await tx.append(eventOf(n));
    });
  }
}

async function fail(store: Store, id: string): Promise<void> {
  const key = await claim(store, id);
  await store.asOwner(key, async (tx) => {
    await tx.setState(["scheduled"], "failed", { endedAt: Date.now(), owner: null });
  });
}

/** Claims a process for an owner that no engine takes for gone; answers with the key of its writes. */
export async function claim(store: Store, id: string): Promise<{ processId: string; run: number; epoch: number }> {
  const record = await store.processes.claim(id, ["idle"], OWNER, {});
  if (!record) throw new Error(`${id} cannot be claimed`);
  return { processId: id, run: record.run, epoch: record.epoch };
}
