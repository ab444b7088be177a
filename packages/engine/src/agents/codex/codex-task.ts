import type { CodexSessionInput } from "@optio/contract";
import { OptioError } from "@optio/contract";
import type { ProcessContext, TaskDefinition } from "../../process/task.ts";
import { runSession } from "../../session/run-session.ts";
import type { SessionHooks } from "../../session/session-work.ts";
import { SESSION_TIMINGS } from "../../session/session-work.ts";
import { codex } from "./codex.ts";

/** A session configuration as a program writes it: the keys of design §8 and functions. */
export type CodexTaskOptions = CodexSessionInput & SessionHooks;

/**
 * A task whose runs are codex sessions, launched and resumed by its id any number of times.
 * @throws `not-available`, `invalid`, `contradiction`; `invalid` without an id.
 */
export function codexTask(options: CodexTaskOptions & { readonly id: string }): TaskDefinition {
  if (!options.id) throw new OptioError("invalid", "id: a task needs an id to be launched by");
  const { config } = parse(options);
  return {
    id: options.id,
    name: config.name ?? options.id,
    description: config.description,
    metadata: config.metadata,
    supportsResume: config.supportsResume,
    session: { agent: codex.id, ...codex.describe(config) },
    execute: (ctx) => runCodexSession(ctx, options),
  };
}

/**
 * Runs a codex session as the given run of any task, until it ends. Returns "detached" when the engine let go of it.
 * @throws what made the session fail; the abort reason when it was cancelled.
 */
export function runCodexSession(ctx: ProcessContext, options: CodexTaskOptions): Promise<"detached" | undefined> {
  const { config, secrets } = parse(options);
  return runSession(ctx, {
    kind: codex,
    config,
    secrets,
    hooks: { onDecision: options.onDecision },
    timings: SESSION_TIMINGS,
  });
}

function parse(options: CodexTaskOptions) {
  return codex.parseConfig(options, { given: "code", canAnswer: options.onDecision !== undefined });
}
