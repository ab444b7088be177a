import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, get } from "node:http";

/** Many viewers of one session in this process. */
export interface Crowd {
  /** Events that came out of their order, over all viewers. */
  readonly lost: number;
  /** Resolves when every viewer has got so many events more. */
  next(events: number): Promise<void>;
  close(): void;
}

const ID = Buffer.from("\nid: ");
const LINE_END = 10;
const ZERO = 48;

/** Opens the streams; resolves when all are open. */
export async function openCrowd(server: { url: string; token: string }, clients: number): Promise<Crowd> {
  const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });
  const state: State = { lost: 0, goal: 1, arrived: 0, clients, done: Promise.withResolvers<void>() };
  const responses: IncomingMessage[] = [];
  for (let client = 0; client < clients; client++) {
    const headers = { authorization: `Bearer ${server.token}`, accept: "text/event-stream" };
    const request = get(server.url, { agent, headers });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    responses.push(response);
    watch(response, state);
  }
  return {
    get lost() {
      return state.lost;
    },
    next(events) {
      state.goal += events;
      state.arrived = 0;
      state.done = Promise.withResolvers();
      return state.done.promise;
    },
    close: () => {
      for (const response of responses) response.destroy();
    },
  };
}

/** `goal`: the seq that all wait for; 1 is the event of the claim. */
interface State {
  lost: number;
  goal: number;
  arrived: number;
  readonly clients: number;
  done: PromiseWithResolvers<void>;
}

/** Checks that a viewer's ids are 1, 2, 3 … without parsing more than them. */
function watch(response: IncomingMessage, state: State): void {
  let rest: Buffer = Buffer.alloc(0);
  let seq = 0;
  response.on("data", (chunk: Buffer) => {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    for (;;) {
      const start = bytes.indexOf(ID, at);
      const end = start < 0 ? -1 : bytes.indexOf(LINE_END, start + ID.length);
      if (end < 0) break;
      let id = 0;
      for (let digit = start + ID.length; digit < end; digit++) id = id * 10 + (bytes[digit] ?? ZERO) - ZERO;
      state.lost += Math.abs(id - seq - 1);
      seq = id;
      at = end;
      if (seq === state.goal && ++state.arrived === state.clients) state.done.resolve();
    }
    rest = bytes.subarray(Math.max(at, bytes.length - ID.length - 20));
  });
}
