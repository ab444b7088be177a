import { END_STATES } from "@optio/contract";
import type { Store } from "@optio/engine";
import type { FastifyRequest } from "fastify";
import type { EventStreams } from "../event-stream.ts";
import { RequestDurations } from "./request-durations.ts";

/** What a server counts from its start on. */
export interface Tallies {
  /** Runs launched by this server. */
  launches: number;
  /** Runs ended by this server, by how. */
  readonly ends: Map<(typeof END_STATES)[number], number>;
  /** Open streams by their row of the route table. */
  readonly streams: Map<string, number>;
}

/** The metrics of one server. */
export interface Metrics extends Disposable {
  /** All metrics in Prometheus's text format 0.0.4: no secrets, no ids of processes. */
  render(): Promise<string>;
  /** Notes a request that was answered; `undefined` stands for no row of the route table. */
  answered(request: FastifyRequest, status: number, elapsedMs: number): void;
  /** The streams, counted while they are open. */
  counting(streams: EventStreams): EventStreams;
}

/** Counts what happens in a server and its engine. */
export function createMetrics(options: { readonly store: Store; readonly version: string }): Metrics {
  const tallies: Tallies = { launches: 0, ends: new Map(END_STATES.map((state) => [state, 0])), streams: new Map() };
  const durations = new RequestDurations();
  const streaming = new WeakSet<FastifyRequest>();
  const listening = countRuns(options.store, tallies);
  // loaded when first asked for: it takes 12 MB, and its look at the event loop wakes an idle server 100 times a second
  let registry: Promise<{ metrics(): Promise<string> }> | undefined;
  return {
    render: async () => {
      registry ??= import("./registry.ts").then(({ createRegistry }) => createRegistry({ ...options, tallies }));
      return `${await (await registry).metrics()}\n${durations.render()}`;
    },
    answered: (request, status, elapsedMs) => {
      if (streaming.has(request)) return;
      durations.observe({ route: routeOf(request), method: methodOf(request), status, seconds: elapsedMs / 1000 });
    },
    counting: (streams) => ({
      ...streams,
      open: (request, reply, source) => {
        streaming.add(request);
        const add = (step: number) => {
          const route = routeOf(request);
          tallies.streams.set(route, (tallies.streams.get(route) ?? 0) + step);
        };
        if (!reply.raw.destroyed) {
          add(1);
          reply.raw.once("close", () => add(-1));
        }
        streams.open(request, reply, source);
      },
    }),
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}

/** Counts launches and ends of runs as they are committed here; what another server commits it counts itself. */
function countRuns(store: Store, tallies: Tallies): Disposable {
  return store.onCommit(({ envelopes }) => {
    for (const { event } of envelopes) {
      if (event.type !== "process.state_changed") continue;
      if (event.to === "scheduled") tallies.launches += 1;
      const end = END_STATES.find((state) => state === event.to);
      if (end) tallies.ends.set(end, (tallies.ends.get(end) ?? 0) + 1);
    }
  });
}

function routeOf(request: FastifyRequest): string {
  const route = request.routeOptions.config.route;
  if (route) return route.path;
  return request.routeOptions.url === undefined ? "none" : "static";
}

/** Methods are the caller's to write: only those of the route table are told apart. */
function methodOf(request: FastifyRequest): string {
  return request.routeOptions.config.route?.method ?? "other";
}
