import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Envelope, LogLine } from "@optio/contract";
import { createLocalHost } from "../host/local/local-host.ts";
import { systemClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { BlobFiles } from "../store/blobs/blob-files.ts";
import type { ProcessRecord, Store } from "../store/store.ts";
import type { OpenForTest } from "../testing/store/fixtures.ts";
import { aProcess, claimAgain, endRun } from "../testing/store/fixtures.ts";
import type { ChildVerbs } from "./child-runs.ts";
import type { RunContext } from "./context.ts";
import { createContext } from "./context.ts";
import { PublishedResults } from "./published-results.ts";
import { keyOf } from "./transition.ts";

/** For contexts of tests that start no children. */
export const NO_CHILDREN: ChildVerbs = {
  runChild: () => Promise.reject(new Error("no children here")),
  runChildForResult: () => Promise.reject(new Error("no children here")),
  parallel: () => Promise.reject(new Error("no children here")),
};

/** One process in an empty store, with a context for each run of it. */
export interface ContextRoom extends AsyncDisposable {
  readonly store: Store;
  readonly results: PublishedResults;
  /** Cancels every run. */
  readonly cancel: AbortController;
  /** The context of a new run; the run before ends first. */
  launch(options?: { readonly resume?: boolean }): Promise<RunContext>;
  /** Another owner takes the run. */
  takeOver(): Promise<void>;
  /** Events of the present run and of those before. */
  events(): Promise<Envelope[]>;
  lines(): Promise<readonly LogLine[]>;
  record(): Promise<ProcessRecord>;
}

/** Opens a room for process "p". */
export async function openContextRoom(
  open: OpenForTest,
  { supportsResume = true, params = {} }: { supportsResume?: boolean; params?: Record<string, unknown> } = {},
): Promise<ContextRoom> {
  const under = await open();
  const { store } = under;
  const results = new PublishedResults();
  const cancel = new AbortController();
  const blobs = await mkdtemp(join(tmpdir(), "optio-context-"));
  const host = createLocalHost();
  const blobFiles = new BlobFiles(join(blobs, "blobs"));
  const services = { store, host, clock: systemClock, logger: silentLogger, tasksRoot: "/nowhere", blobFiles };
  await store.processes.insert(aProcess("p", { kind: "task", session: null, supportsResume, params }));
  const record = async () => {
    const found = await store.processes.find("p");
    if (!found) throw new Error("the process is gone");
    return found;
  };
  return {
    store,
    results,
    cancel,
    record,
    async launch({ resume = false } = {}) {
      const before = await record();
      if (before.state !== "idle") await endRun(store, keyOf(before));
      await claimAgain(store);
      const claimed = await record();
      results.begin(keyOf(claimed));
      return createContext({
        record: claimed,
        mode: resume ? "resume" : "fresh",
        signals: { cancel: cancel.signal, detach: new AbortController().signal },
        services,
        taskServices: { greeting: "hello" },
        results,
        children: NO_CHILDREN,
      });
    },
    async takeOver() {
      const { owner, run, epoch } = await record();
      if (!owner) throw new Error("nobody owns the run");
      await store.processes.takeOver("p", { run, epoch }, { ...owner, pid: owner.pid + 1 });
    },
    events: () => store.events.list("p", { limit: 5_000 }),
    lines: async () => (await store.logs.list("p", { limit: 5_000 })).items,
    async [Symbol.asyncDispose]() {
      await under[Symbol.asyncDispose]();
      await rm(blobs, { recursive: true, force: true });
    },
  };
}
