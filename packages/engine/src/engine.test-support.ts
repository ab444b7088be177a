import { mkdtemp, rm } from "node:fs/promises";
import type { ProcessSummary } from "@optio/contract";
import type { EngineOptions } from "./create-engine.ts";
import { createEngine } from "./create-engine.ts";
import type { Engine } from "./engine.ts";
import { createLocalHost } from "./host/local/local-host.ts";
import { FakeAgent } from "./session/fake-agent.test-support.ts";

/** An engine with a fake agent in a home of its own; disposing ends everything of it. */
export interface EngineRoom extends AsyncDisposable {
  readonly engine: Engine;
  readonly agent: FakeAgent;
  readonly home: string;
  /** Closes the engine and opens another one on the same home. */
  reopen(options?: { detach?: boolean }): Promise<Engine>;
  /** Creates a session and waits until it is idle. */
  create(id: string, config?: object): Promise<void>;
  /** The summary as soon as it is such a one. */
  until(id: string, isSuch: (summary: ProcessSummary) => boolean): Promise<ProcessSummary>;
}

/** Opens a room. */
export async function openEngineRoom(options: Partial<EngineOptions> = {}): Promise<EngineRoom> {
  const home = await mkdtemp("/var/tmp/optio-engine-");
  const agent = new FakeAgent();
  const open = () =>
    createEngine({ agents: [agent.kind], home, sessionTimings: { termGraceMs: 200, killGraceMs: 2_000 }, ...options });
  let engine = await open();
  const until: EngineRoom["until"] = async (id, isSuch) => {
    for (;;) {
      const next = Promise.withResolvers<void>();
      using _ = engine.store.onCommit(() => next.resolve());
      const summary = await engine.processes.get(id);
      if (isSuch(summary)) return summary;
      await next.promise;
    }
  };
  return {
    agent,
    home,
    until,
    get engine() {
      return engine;
    },
    async reopen({ detach = false } = {}) {
      await engine.close({ detach });
      engine = await open();
      return engine;
    },
    async create(id, config = {}) {
      await engine.sessions.create("fake", { id, ...config }, { given: "json", canAnswer: true });
      await until(id, ({ session }) => session?.phase === "idle");
    },
    async [Symbol.asyncDispose]() {
      await engine.close();
      await createLocalHost().processes.killMarked(home);
      await rm(home, { recursive: true, force: true });
    },
  };
}
