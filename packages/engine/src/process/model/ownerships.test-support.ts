import type { CommitNotice, OwnerKey, ProcessRecord, Store } from "../../store/store.ts";
import type { EngineGate } from "./engine-gate.test-support.ts";

/** Every ownership that the store gave out, in the order in which it did, and by whom it was taken. */
export class Ownerships {
  readonly problems: string[] = [];
  readonly #newest = new Map<string, { readonly order: number; readonly engine: string }>();
  readonly #orders = new Map<string, number>();
  #count = 0;

  taken(engine: string, { id, run, epoch }: ProcessRecord): void {
    this.#count += 1;
    this.#newest.set(id, { order: this.#count, engine });
    this.#orders.set(`${engine} ${id} ${run} ${epoch}`, this.#count);
  }

  /** Whether somebody took the process after this engine took it with that key. */
  isLost(engine: string, { processId, run, epoch }: OwnerKey): boolean {
    const order = this.#orders.get(`${engine} ${processId} ${run} ${epoch}`);
    return order !== undefined && order < (this.#newest.get(processId)?.order ?? 0);
  }

  isOwner(engine: string, processId: string): boolean {
    return this.#newest.get(processId)?.engine === engine;
  }
}

/** The store as one engine has it: every call by way of its gate, every ownership noted, writes of losers told. */
export function gatedStore(
  store: Store,
  { gate, engine, ownerships }: { gate: EngineGate; engine: string; ownerships: Ownerships },
): Store {
  const { processes } = store;
  const take = async (work: () => Promise<ProcessRecord | undefined>) => {
    const record = await work();
    if (record) ownerships.taken(engine, record);
    return record;
  };
  const asOwner: Store["asOwner"] = (key, work) =>
    gate.pass(async () => {
      const wasLost = ownerships.isLost(engine, key);
      const result = await store.asOwner(key, work);
      if (wasLost)
        ownerships.problems.push(`${engine} wrote as epoch ${key.epoch} of '${key.processId}', which it lost`);
      return result;
    });
  return {
    ...store,
    asOwner,
    onCommit: (listener) => store.onCommit((notice) => hear(store, gate, notice, listener)),
    processes: {
      ...gatedCalls(processes, gate),
      claim: (...args) => gate.pass(() => take(() => processes.claim(...args))),
      takeOver: (...args) => gate.pass(() => take(() => processes.takeOver(...args))),
    },
  };
}

/** A commit as this engine hears of it: its own as it is, another's as from another OS process, which only PostgreSQL tells. */
function hear({ kind }: Store, gate: EngineGate, notice: CommitNotice, listener: (notice: CommitNotice) => void): void {
  if (!gate.isUsed && kind === "sqlite") return;
  const heard = gate.isUsed ? notice : { ...notice, envelopes: [], remote: true };
  if (gate.isShut) void gate.whenOpen().then(() => listener(heard));
  else listener(heard);
}

/** The same methods, each by way of the gate. */
function gatedCalls<T extends object>(target: T, gate: EngineGate): T {
  return new Proxy(target, {
    get(on, name) {
      const member: unknown = Reflect.get(on, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => gate.pass(async () => Reflect.apply(member, on, args));
    },
  });
}
