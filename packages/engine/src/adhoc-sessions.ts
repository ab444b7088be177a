import { OptioError } from "@optio/contract";
import type { AgentKind, SessionSecrets } from "./agent/agent-kind.ts";
import { newId } from "./kernel/random.ts";
import type { TaskDefinition } from "./process/task.ts";
import { seal, unseal } from "./secrets/seal.ts";
import type { SecretKey } from "./secrets/secret-key.ts";
import { initialFacts } from "./session/open-work.ts";
import { runSession } from "./session/run-session.ts";
import type { SessionHooks, SessionTimings } from "./session/session-work.ts";
import type { NewProcess, ProcessRecord } from "./store/store.ts";

/** Sessions that people and programs create: their configuration is stored sealed, their secrets and functions live in memory. */
export class AdhocSessions {
  readonly #kinds: ReadonlyMap<string, AgentKind>;
  readonly #key: SecretKey;
  readonly #timings: SessionTimings;
  readonly #inMemory = new Map<string, { secrets: SessionSecrets; hooks: SessionHooks }>();

  constructor(options: { kinds: ReadonlyMap<string, AgentKind>; key: SecretKey; timings: SessionTimings }) {
    this.#kinds = options.kinds;
    this.#key = options.key;
    this.#timings = options.timings;
  }

  /** Checks a configuration and makes the process for it; once that is stored, `remember` its secrets. @throws `invalid` for an unknown agent, and what `parseConfig` throws. */
  prepare(
    agent: string,
    input: object,
    options: { given: "json" | "code"; canAnswer: boolean },
  ): { process: NewProcess; secrets: SessionSecrets } {
    const kind = this.#kinds.get(agent);
    if (!kind)
      throw new OptioError("invalid", `agent: no agent '${agent}'; known: ${[...this.#kinds.keys()].join(", ")}`);
    const { config, secrets } = kind.parseConfig(input, options);
    const id = config.id ?? newId("s");
    const process: NewProcess = {
      id,
      kind: "session",
      agent,
      name: config.name ?? nameFrom(config.prompt) ?? id,
      description: config.description ?? null,
      metadata: config.metadata,
      adhoc: true,
      sealedConfig: seal(this.#key, JSON.stringify(config), contextOf(id)),
      parent: null,
      cancellable: true,
      supportsResume: config.supportsResume,
      session: initialFacts(kind.describe(config), null),
    };
    return { process, secrets };
  }

  /** Keeps what of a stored session lives in memory only, for all its runs under this server. */
  remember(id: string, held: { secrets: SessionSecrets; hooks: SessionHooks }): void {
    this.#inMemory.set(id, held);
  }

  /** Drops what was remembered of a session whose record is gone. */
  forget(id: string): void {
    this.#inMemory.delete(id);
  }

  /** The task behind a stored session; undefined when its agent is not one of this engine's. */
  taskOf(record: ProcessRecord): TaskDefinition | undefined {
    const kind = record.agent === null ? undefined : this.#kinds.get(record.agent);
    if (!kind || record.sealedConfig === null) return undefined;
    const config = kind.restoreConfig(JSON.parse(unseal(this.#key, record.sealedConfig, contextOf(record.id))));
    const { secrets, hooks } = this.#inMemory.get(record.id) ?? { secrets: {}, hooks: {} };
    return {
      id: record.id,
      name: record.name,
      supportsResume: record.supportsResume,
      session: { agent: kind.id, ...kind.describe(config) },
      execute: (ctx) => runSession(ctx, { kind, config, secrets, hooks, timings: this.#timings }),
    };
  }
}

function contextOf(id: string): string {
  return `session-config:${id}`;
}

/** The first line of the prompt, as a name. */
function nameFrom(prompt: string | undefined): string | undefined {
  const line = prompt?.trim().split("\n", 1)[0]?.trim();
  if (!line) return undefined;
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
