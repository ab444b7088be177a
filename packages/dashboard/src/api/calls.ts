import type {
  Decision,
  DecisionAnswer,
  Envelope,
  Filter,
  LogLevel,
  LogLine,
  MessageMode,
  ProcessSummary,
  SessionView,
} from "@optio/contract";
import { API_PREFIX, problemToError, sessionSchema, unwrap } from "@optio/contract";
import { api } from "./client.ts";
import { parseEnvelopes } from "./parse-envelope.ts";

/** Events of one page of history. */
export const HISTORY_PAGE = 500;

/** Exchanges a token or a one-time code for the login cookie. @throws `unauthorized`, `rate-limited`. */
export const login = (body: { token: string } | { code: string }) => unwrap(api.POST("/login", { body }));

/** Drops the login cookie. */
export const logout = () => unwrap(api.POST("/logout"));

export const fetchMe = (signal?: AbortSignal) => unwrap(api.GET("/me", withSignal(signal)));

export const fetchAgents = (signal?: AbortSignal) => unwrap(api.GET("/agents", withSignal(signal)));

/** Every process that the filter matches, page after page. */
export function fetchProcesses(signal?: AbortSignal, filter?: Filter): Promise<ProcessSummary[]> {
  const about = filter === undefined ? {} : { filter: JSON.stringify(filter) };
  return everyPage((cursor) => {
    const query = { limit: 500, ...about, ...cursor };
    return unwrap(api.GET("/processes", { params: { query }, ...withSignal(signal) }));
  });
}

/** A process and its descendants, page after page. @throws `not-found`. */
export function fetchTree(id: string, signal?: AbortSignal): Promise<ProcessSummary[]> {
  return everyPage((cursor) => {
    const query = { limit: 500, ...cursor };
    return unwrap(api.GET("/processes/{id}/tree", { params: { path: { id }, query }, ...withSignal(signal) }));
  });
}

async function everyPage<T>(
  read: (cursor: { cursor?: string }) => Promise<{ items: T[]; next: string | null }>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: { cursor?: string } = {};
  for (;;) {
    const page = await read(cursor);
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = { cursor: page.next };
  }
}

/** Which lines of a log are asked for: of a level and the graver ones, of a run, with a text in them. */
export interface LogQuery {
  readonly level?: LogLevel;
  readonly run?: number;
  readonly q?: string;
}

/** A page of a log, oldest first; `next` is null when there is no more in its direction. @throws `not-found`. */
export async function fetchLog(
  id: string,
  query: LogQuery & { after?: number; before?: number; limit: number },
  signal?: AbortSignal,
): Promise<{ items: LogLine[]; next: string | null }> {
  const { items, next } = await unwrap(
    api.GET("/processes/{id}/log", { params: { path: { id }, query }, ...withSignal(signal) }),
  );
  return { items: items.sort((a, b) => a.seq - b.seq), next };
}

/** Address of the stream of a log's lines after a line. */
export function logUrl(id: string, query: LogQuery & { after: number }): string {
  const params = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)]));
  return `${API_PREFIX}/processes/${encodeURIComponent(id)}/log?${params}`;
}

export const fetchProcess = (id: string, signal?: AbortSignal) =>
  unwrap(api.GET("/processes/{id}", { params: { path: { id } }, ...withSignal(signal) }));

export const fetchSession = (id: string, signal?: AbortSignal): Promise<SessionView> =>
  unwrap(api.GET("/sessions/{id}", { params: { path: { id } }, ...withSignal(signal) }));

/** Pending decisions of all sessions, oldest first. */
export async function fetchPendingDecisions(signal?: AbortSignal): Promise<Decision[]> {
  const query = { state: "pending", limit: 500 } as const;
  const page = await unwrap(api.GET("/decisions", { params: { query }, ...withSignal(signal) }));
  return page.items;
}

/** The page of events that ends right before `before`, oldest first. @throws the problem's code. */
export async function fetchEventsBefore(id: string, before: number, signal?: AbortSignal): Promise<Envelope[]> {
  const response = await fetch(`${eventsUrl(id)}?before=${before}&limit=${HISTORY_PAGE}`, {
    headers: { accept: "application/json" },
    ...withSignal(signal),
  });
  if (!response.ok) throw await problemOf(response);
  return parseEnvelopes(await response.json()).sort((a, b) => a.seq - b.seq);
}

/** Address of a session's events. */
export const eventsUrl = (id: string) => `${API_PREFIX}/sessions/${encodeURIComponent(id)}/events`;

/**
 * Creates a session and launches it. The body is the agent's own; the server checks it.
 * @throws `invalid`, `contradiction`, `not-available`, `directory-refused`, `id-taken` …
 */
export async function createSession(body: Readonly<Record<string, unknown>>, idempotencyKey: string) {
  const response = await fetch(`${API_PREFIX}/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": idempotencyKey },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw await problemOf(response);
  return sessionSchema.parse(await response.json());
}

/** A message for the agent as the composer sends it. */
export interface OutgoingMessage {
  readonly text: string;
  readonly mode: MessageMode;
  /** The same for every attempt to send the same message, so that it arrives once. */
  readonly idempotencyKey: string;
}

/** Sends a message. @throws `session-ended`, `session-not-live`, `no-active-turn`, `queue-full`. */
export const sendMessage = (id: string, { text, mode, idempotencyKey }: OutgoingMessage) =>
  unwrap(
    api.POST("/sessions/{id}/turns", {
      params: { path: { id }, header: { "Idempotency-Key": idempotencyKey } },
      body: { text, mode },
    }),
  );

export const editQueued = (id: string, messageId: string, text: string) =>
  unwrap(api.PUT("/sessions/{id}/queue/{messageId}", { params: { path: { id, messageId } }, body: { text } }));

export const dropQueued = (id: string, messageId: string) =>
  unwrap(api.DELETE("/sessions/{id}/queue/{messageId}", { params: { path: { id, messageId } } }));

export const interruptTurn = (id: string) =>
  unwrap(api.POST("/sessions/{id}/interrupt", { params: { path: { id } }, body: {} }));

export const closeSession = (id: string) =>
  unwrap(api.POST("/sessions/{id}/close", { params: { path: { id } }, body: {} }));

export const loginWithApiKey = (id: string, apiKey: string) =>
  unwrap(api.POST("/sessions/{id}/login", { params: { path: { id } }, body: { type: "apiKey", apiKey } }));

/** Starts a login that goes on in another page. @throws `not-available` until its part lands. */
export const startLogin = (id: string, type: "deviceCode" | "browser") =>
  unwrap(api.POST("/sessions/{id}/login", { params: { path: { id } }, body: { type } }));

export const cancelProcess = (id: string) =>
  unwrap(api.POST("/processes/{id}/cancel", { params: { path: { id } }, body: {} }));

export const launchProcess = (id: string, resume: boolean) =>
  unwrap(api.POST("/processes/{id}/launch", { params: { path: { id } }, body: { resume } }));

export const dismissProcess = (id: string) =>
  unwrap(api.POST("/processes/{id}/dismiss", { params: { path: { id } }, body: {} }));

/** What a group call asks for besides the cancel. */
export interface GroupCall {
  readonly filter: Filter;
  readonly block?: boolean;
  readonly persist?: boolean;
  readonly reason?: string;
  readonly purge?: boolean;
}

/** Cancels what a filter matches. @throws `invalid-filter`. */
export const cancelGroup = (body: GroupCall) => unwrap(api.POST("/groups/cancel", { body }));

export const fetchBlocks = (signal?: AbortSignal) => unwrap(api.GET("/blocks", withSignal(signal)));

/** Refuses launches of what a filter matches. @throws `invalid-filter`. */
export const addBlock = (body: { filter: Filter; reason?: string; persistent: boolean }) =>
  unwrap(api.POST("/blocks", { body }));

export const liftBlock = (id: string) => unwrap(api.DELETE("/blocks", { params: { query: { id } } }));

/** Reads the definitions again. @throws `config-refused`. */
export const resync = () => unwrap(api.POST("/resync", { body: {} }));

/** Answers a decision. @throws `decision-already-resolved`. */
export const answerDecision = (id: string, decision: DecisionAnswer, message: string | undefined, key: string) =>
  unwrap(
    api.POST("/decisions/{id}", {
      params: { path: { id }, header: { "Idempotency-Key": key } },
      body: { decision, ...(message === undefined ? {} : { message }) },
    }),
  );

export const fetchDecision = (id: string) => unwrap(api.GET("/decisions/{id}", { params: { path: { id } } }));

/** The error that a refused answer describes. */
export async function problemOf(response: Response) {
  const body: unknown = await response.json().catch(() => undefined);
  return problemToError(body, response.status);
}

function withSignal(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
