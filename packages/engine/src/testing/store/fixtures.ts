import type { OptioEvent } from "@optio/contract";
import type { StoreLocation } from "../../store/open-store.ts";
import type {
  CommitNotice,
  NewProcess,
  Owner,
  OwnerKey,
  SessionFacts,
  Store,
  StoredDecision,
} from "../../store/store.ts";

/** An open store of a test and how to open it again. Disposing it closes the store and removes its data. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: Store;
  /** Where its data is: another OS process can open it with `openStore`. */
  readonly location: StoreLocation;
  /** Closes the store and opens it again on the same data. */
  reopen(): Promise<Store>;
}

/** Opens an empty store. */
export type OpenForTest = () => Promise<StoreUnderTest>;

/** An owner; two with different pids are different owners. */
export function anOwner(pid = 100): Owner {
  return { machineId: "machine", bootId: "boot", pid, startTime: "7", leaseUntil: 1_000 };
}

/** A process to insert. */
export function aProcess(id: string, changes: Partial<NewProcess> = {}): NewProcess {
  return {
    id,
    kind: "session",
    agent: "agent",
    name: `Name of ${id}`,
    description: null,
    metadata: { team: "blue" },
    adhoc: true,
    sealedConfig: "v1.sealed",
    parent: null,
    cancellable: true,
    supportsResume: true,
    session: sessionFacts(),
    ...changes,
  };
}

/** Facts of a session that has just begun. */
export function sessionFacts(changes: Partial<SessionFacts> = {}): SessionFacts {
  return {
    phase: "starting",
    threadId: null,
    activity: null,
    model: null,
    scripted: true,
    usage: null,
    limits: null,
    diff: null,
    login: { required: false, kinds: [] },
    workspace: "/w",
    posture: null,
    resumeFrom: null,
    ...changes,
  };
}

/** Inserts and claims a process; answers with the key of its first owner. */
export async function claimed(store: Store, id = "p"): Promise<OwnerKey> {
  await store.processes.insert(aProcess(id));
  return claimAgain(store, id);
}

/** Claims an existing process. @throws Error when it cannot be claimed. */
export async function claimAgain(store: Store, id = "p"): Promise<OwnerKey> {
  const record = await store.processes.claim(id, ["idle", "done", "failed", "cancelled"], anOwner(), {});
  if (!record) throw new Error(`${id} cannot be claimed`);
  return { processId: id, run: record.run, epoch: record.epoch };
}

/** Ends the run of an owner. */
export async function endRun(store: Store, key: OwnerKey): Promise<void> {
  await store.asOwner(key, async (tx) => {
    await tx.setState(["scheduled", "running"], "failed", { endedAt: 5, error: { code: "internal", message: "m" } });
  });
}

/** A log event. */
export function logged(message: string): OptioEvent {
  return { type: "process.logged", level: "info", message };
}

/** A message to put. */
export function aMessage(messageId: string, changes: { origin?: "person" | "harness"; mode?: "auto" | "steer" } = {}) {
  const fixed = { messageId, text: `text of ${messageId}`, state: "queued", createdAt: 1, turnId: null } as const;
  return { ...fixed, mode: changes.mode ?? "auto", origin: changes.origin ?? "person" } as const;
}

/** A pending decision to put. */
export function aDecision(key: OwnerKey, id: string, requestedAtMs = 1_000): StoredDecision {
  return {
    decision: {
      id,
      processId: key.processId,
      run: key.run,
      kind: "command",
      state: "pending",
      request: { command: "ls", prefix: ["ls"] },
      options: ["accept", "decline"],
      requestedAt: new Date(requestedAtMs).toISOString(),
    },
    agentKey: `request-${id}`,
    instance: "life-1",
    threadId: "t",
    turnId: "u",
    idempotencyKey: null,
  };
}

/** Collects the notices of a store. */
export function collectNotices(store: Store): Disposable & { readonly notices: CommitNotice[] } {
  const notices: CommitNotice[] = [];
  const subscription = store.onCommit((notice) => notices.push(notice));
  return { notices, [Symbol.dispose]: () => subscription[Symbol.dispose]() };
}

/** The numbers from 1 to n. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, index) => index + 1);
}
