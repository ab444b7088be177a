import type { Decision, DecisionAnswer, Envelope, MessageMode, ProcessSummary, SessionView } from "@optio/contract";
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

/** Every process, page after page. */
export async function fetchProcesses(signal?: AbortSignal): Promise<ProcessSummary[]> {
  const processes: ProcessSummary[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: 500, ...(cursor === undefined ? {} : { cursor }) };
    const page = await unwrap(api.GET("/processes", { params: { query }, ...withSignal(signal) }));
    processes.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return processes;
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
