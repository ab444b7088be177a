import { describe, expect, test } from "vitest";
import { createLocalHost } from "../host/local/local-host.ts";
import { systemClock } from "../kernel/clock.ts";
import { silentLogger } from "../kernel/logger.ts";
import { NO_CHILDREN } from "../process/context.test-support.ts";
import { createContext } from "../process/context.ts";
import { PublishedResults } from "../process/published-results.ts";
import { openSqliteForTest } from "../store/sqlite.test-support.ts";
import type { Store } from "../store/store.ts";
import { aProcess, claimAgain, endRun } from "../testing/store/fixtures.ts";
import { CONFIG, FakeAgent } from "./fake-agent.test-support.ts";
import type { SessionManifest } from "./manifest.ts";
import { initialFacts, openWork } from "./open-work.ts";
import { dirsOf, instanceOf, SESSION_TIMINGS } from "./session-work.ts";

const agent = new FakeAgent();
const program = { pid: 7, startTime: "7", bootId: "b" };

/** The manifest of a run that had a thread. */
function aManifest(run: number, changes: Partial<SessionManifest> = {}): SessionManifest {
  const taskDir = `/tasks/p/run-${run}`;
  return {
    version: 1,
    dirs: { taskDir, workspace: `${taskDir}/workspace`, home: `${taskDir}/home` },
    ownsWorkspace: true,
    life: 3,
    program: { program, group: program },
    threadId: `thread-of-${run}`,
    restarts: 2,
    ...changes,
  };
}

/** Makes the next run of "p" and opens its work. */
async function open(store: Store, options: { resumeFrom?: number; config?: Partial<typeof CONFIG> } = {}) {
  const facts = initialFacts({ model: null, scripted: true }, options.resumeFrom ?? null);
  const key = await claimAgain(store);
  await store.asOwner(key, (tx) => tx.patch({ session: facts }));
  return { key, reopen: () => openAt(store, options.config), ...(await openAt(store, options.config)) };
}

async function openAt(store: Store, config: Partial<typeof CONFIG> = {}) {
  const record = await store.processes.find("p");
  if (!record) throw new Error("the process is gone");
  const services = { store, host: createLocalHost(), clock: systemClock, logger: silentLogger, tasksRoot: "/tasks" };
  const { signal } = new AbortController();
  const signals = { cancel: signal, detach: signal };
  const results = new PublishedResults();
  const { context: ctx } = createContext({ record, mode: "fresh", signals, services, results, children: NO_CHILDREN });
  const setup = {
    kind: agent.kind,
    config: { ...CONFIG, ...config },
    secrets: {},
    hooks: {},
    timings: SESSION_TIMINGS,
  };
  return openWork(ctx, setup);
}

async function openStoreWithProcess() {
  const under = await openSqliteForTest();
  await under.store.processes.insert(aProcess("p"));
  return under;
}

describe("the manifest of a run", () => {
  test("is new for a fresh one: its own directories under its number, no life yet", async () => {
    await using under = await openStoreWithProcess();
    const { work, adopting } = await open(under.store);
    expect(adopting).toBe(false);
    expect(work).toMatchObject({ resumed: false, posture: undefined, program: undefined, connection: undefined });
    expect(work.manifest).toEqual({
      version: 1,
      dirs: { taskDir: "/tasks/p/run-1", workspace: "/tasks/p/run-1/workspace", home: "/tasks/p/run-1/home" },
      ownsWorkspace: true,
      life: 0,
      program: null,
      threadId: null,
      restarts: 0,
    });
    expect(dirsOf({ ...work.manifest, life: 4 }).control).toBe("/tasks/p/run-1/control/4");
    expect(instanceOf(work)).toBe("1.0");
  });

  test("names the user's own directory as workspace, and not as ours", async () => {
    await using under = await openStoreWithProcess();
    const { work } = await open(under.store, { config: { source: { directory: "/home/me/project" } } });
    expect(work.manifest.ownsWorkspace).toBe(false);
    expect(work.manifest.dirs).toMatchObject({ workspace: "/home/me/project", home: "/tasks/p/run-1/home" });
    expect(work.board.facts.workspace).toBe("/home/me/project");
  });

  test("is the stored one for a later owner of the same run", async () => {
    await using under = await openStoreWithProcess();
    const { key, reopen } = await open(under.store);
    await under.store.asOwner(key, (tx) => tx.putManifest(aManifest(1)));
    const { work, adopting } = await reopen();
    expect(adopting).toBe(true);
    expect(work.manifest).toEqual(aManifest(1));
    expect(work).toMatchObject({ resumed: false });
    expect(work.board.facts).toMatchObject({ threadId: "thread-of-1", workspace: "/tasks/p/run-1/workspace" });
  });

  test("that cannot be read is refused, not replaced", async () => {
    await using under = await openStoreWithProcess();
    const { key, reopen } = await open(under.store);
    await under.store.asOwner(key, (tx) => tx.putManifest({ version: 99 }));
    await expect(reopen()).rejects.toThrow();
  });
});

describe("a run that resumes", () => {
  test("goes on in the directories and the thread of the earlier one, without its program", async () => {
    await using under = await openStoreWithProcess();
    const first = await open(under.store);
    await under.store.asOwner(first.key, (tx) => tx.putManifest(aManifest(1)));
    await endRun(under.store, first.key);
    const { work, adopting } = await open(under.store, { resumeFrom: 1 });
    expect(adopting).toBe(false);
    expect(work.resumed).toBe(true);
    expect(work.manifest).toEqual({ ...aManifest(1), program: null, restarts: 0 });
  });

  test("goes past runs that never came to a thread", async () => {
    await using under = await openStoreWithProcess();
    const first = await open(under.store);
    await under.store.asOwner(first.key, (tx) => tx.putManifest(aManifest(1)));
    await endRun(under.store, first.key);
    // cancelled while scheduled: no manifest at all
    await endRun(under.store, (await open(under.store, { resumeFrom: 1 })).key);
    const third = await open(under.store);
    await under.store.asOwner(third.key, (tx) => tx.putManifest(aManifest(3, { threadId: null })));
    await endRun(under.store, third.key);
    const { work } = await open(under.store, { resumeFrom: 3 });
    expect(work.resumed).toBe(true);
    expect(work.manifest.threadId).toBe("thread-of-1");
  });

  test("starts fresh when no earlier run had a thread", async () => {
    await using under = await openStoreWithProcess();
    const first = await open(under.store);
    await endRun(under.store, first.key);
    const { work } = await open(under.store, { resumeFrom: 1 });
    expect(work.resumed).toBe(false);
    expect(work.manifest).toMatchObject({ threadId: null, dirs: { taskDir: "/tasks/p/run-2" } });
  });
});
