import type { SessionView } from "@optio/contract";
import { OptioError } from "@optio/contract";
import type { EngineSessions } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import { isLive, requireLive } from "./engine-parts.ts";
import type { SessionHooks } from "./session/session-work.ts";
import { eachPiece } from "./session/viewer.ts";
import { toSessionView } from "./summaries.ts";

/** Most pending decisions that a session's page shows. */
const MAX_SHOWN_DECISIONS = 200;

/** The verbs on sessions. */
export function createEngineSessions(parts: EngineParts): EngineSessions {
  const { processes, services, streams } = parts;
  return {
    create: (agent, input, options) => createSession(parts, agent, input, { ...options, hooks: {} }),
    get: (id) => viewSession(parts, id),
    async events(id, query) {
      await processes.read(id);
      return eventPage(parts, id, query);
    },
    async *attach(id, options) {
      await processes.read(id);
      yield* eachPiece(streams.attach(id, options), options.signal);
    },
    attachBatches: (id, options) => streams.attach(id, options),
    async send(id, message) {
      return (await requireLive(parts, id)).send(message.text, message.mode ?? "auto");
    },
    async editMessage(id, messageId, text) {
      const live = await requireLive(parts, id);
      live.work.kind.checkMessage(text);
      return live.pump.edit(messageId, text);
    },
    async dropMessage(id, messageId) {
      return (await requireLive(parts, id)).pump.drop(messageId);
    },
    async interrupt(id) {
      return (await requireLive(parts, id)).interrupt();
    },
    async close(id) {
      (await requireLive(parts, id)).close();
      return viewSession(parts, id);
    },
    async login(id, request) {
      const live = await requireLive(parts, id);
      if (request.type !== "apiKey")
        throw new OptioError(
          "not-available",
          `a login of type '${request.type}' is not available in this version; use apiKey`,
          { data: { key: "type" } },
        );
      if (!live.work.board.loginRequired)
        throw new OptioError("login-not-possible", `session '${id}' does not wait for a login`);
      await live.login(request.apiKey);
      services.logger.info({ process: id }, "session logged in");
      return { loginId: "apiKey" };
    },
  };
}

/** Creates an ad-hoc session and launches it. */
export async function createSession(
  parts: EngineParts,
  agent: string,
  input: object,
  options: { given: "json" | "code"; canAnswer: boolean; hooks: SessionHooks },
): Promise<SessionView> {
  const { process, secrets } = parts.adhoc.prepare(agent, input, options);
  await parts.processes.create(process);
  parts.adhoc.remember(process.id, { secrets, hooks: options.hooks });
  await parts.processes.launch(process.id, { resume: false });
  return viewSession(parts, process.id);
}

async function viewSession(parts: EngineParts, id: string): Promise<SessionView> {
  const record = await parts.processes.read(id);
  const { store } = parts.services;
  const [messages, decisions] = await Promise.all([
    store.messages.unsent(id, record.run),
    store.decisions.list({ state: "pending", processId: id, limit: MAX_SHOWN_DECISIONS }),
  ]);
  const view = toSessionView(record, isLive(parts, id), messages, decisions.items);
  if (!view) throw new OptioError("not-found", `process '${id}' is no session`);
  return view;
}

async function eventPage(parts: EngineParts, id: string, query: { after?: number; before?: number; limit: number }) {
  const items = await parts.services.store.events.list(id, query);
  const full = items.length === query.limit;
  if (query.before !== undefined) {
    const first = items[0]?.seq ?? 1;
    return { items, next: first > 1 ? first : null };
  }
  return { items, next: full ? (items.at(-1)?.seq ?? null) : null };
}
