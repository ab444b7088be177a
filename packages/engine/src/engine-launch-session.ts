import { OptioError, toOptioError } from "@optio/contract";
import type { AgentKind } from "./agent/agent-kind.ts";
import type { EngineDecisions } from "./engine.ts";
import { createEngineDecisions } from "./engine-decisions.ts";
import type { EngineParts } from "./engine-parts.ts";
import { createEngineSessions, createSession } from "./engine-sessions.ts";
import type { Session } from "./session/session-handle.ts";
import { createSessionHandle } from "./session/session-handle.ts";
import type { SessionHooks } from "./session/session-work.ts";
import { eachPiece } from "./session/viewer.ts";
import type { ProcessRecord } from "./store/store.ts";
import { waitForEnd } from "./wait-for-end.ts";

/** Creates a session, launches it and hands it to this program. @throws what `sessions.create` throws. */
export async function launchSession(
  parts: EngineParts,
  input: object & { readonly agent?: string } & SessionHooks,
): Promise<Session> {
  const { agent = onlyKind(parts.kinds), ...config } = input;
  const { onDecision } = input;
  const { id } = await createSession(parts, agent, config, {
    given: "code",
    canAnswer: onDecision !== undefined,
    hooks: { onDecision },
  });
  // a listener hears from the first event of the session on
  return createSessionHandle(portsOf(parts, id), 0);
}

/** A session that a run of a task is, for the program that launched it: heard from the begin of that run on. */
export function handleOf(parts: EngineParts, { id, headSeq }: Pick<ProcessRecord, "id" | "headSeq">): Session {
  return createSessionHandle(portsOf(parts, id), headSeq);
}

function portsOf(parts: EngineParts, id: string): Parameters<typeof createSessionHandle>[0] {
  const sessions = createEngineSessions(parts);
  return {
    id,
    headSeq: async () => (await parts.processes.read(id)).headSeq,
    attach: (options: { after: number; signal: AbortSignal }) =>
      eachPiece(parts.streams.attach(id, options), options.signal),
    send: (text: string, mode: "auto" | "queue" | "steer") => sessions.send(id, { text, mode }),
    answer: (decisionId: string, resolution: Parameters<EngineDecisions["answer"]>[1]) =>
      createEngineDecisions(parts).answer(decisionId, resolution, { name: "program" }),
    interrupt: () => sessions.interrupt(id),
    async close() {
      await sessions.close(id);
      await waitForEnd(parts.services.store, id);
    },
    onTrouble: (error: unknown) =>
      parts.services.logger.error(
        { process: id, error: toOptioError(error).message },
        "a listener of a session failed",
      ),
  };
}

function onlyKind(kinds: ReadonlyMap<string, AgentKind>): string {
  const [only, ...more] = kinds.keys();
  if (only === undefined || more.length > 0)
    throw new OptioError("invalid", `agent: name one of ${[...kinds.keys()].join(", ") || "none"}`);
  return only;
}
