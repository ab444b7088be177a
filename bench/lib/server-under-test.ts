import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { readEventStream } from "@optio/contract";

const TOKEN = "bench-token";
const ROOT = join(import.meta.dirname, "..", "..");

/** A real `optio up` in a process of its own. */
export interface ServerUnderTest {
  readonly pid: number;
  /** JSON of a call below /api; throws on an error answer. */
  api(method: string, path: string, body?: object): Promise<Record<string, unknown>>;
  /** A stream of the session's pieces from `after` on. */
  stream(id: string, after: number, signal: AbortSignal): AsyncIterable<{ event: string; data: string }>;
  /** Where a path below /api is, and what a request to it must carry. */
  address(path: string): { url: string; headers: Record<string, string> };
  /** Resident memory of the server, without its sessions. */
  rssMb(): Promise<number>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

/** Starts the server on a home; resolves when it is healthy. */
export async function startServer(home: string, port: number): Promise<ServerUnderTest> {
  const env = { ...process.env, OPTIO_HOME: home, OPTIO_PORT: String(port), OPTIO_TOKEN: TOKEN, OPTIO_NO_OPEN: "1" };
  const child = spawn(process.execPath, [join(ROOT, "packages/cli/src/main.ts"), "up"], { env, stdio: "ignore" });
  const base = `http://127.0.0.1:${port}/api`;
  await untilHealthy(`${base}/health`, child);
  const headers = { authorization: `Bearer ${TOKEN}` };
  return {
    pid: child.pid ?? 0,
    async api(method, path, body) {
      const init = body
        ? { body: JSON.stringify(body), headers: { ...headers, "content-type": "application/json" } }
        : { headers };
      const response = await fetch(`${base}${path}`, { method, ...init });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return text ? (JSON.parse(text) as Record<string, unknown>) : {};
    },
    async *stream(id, after, signal) {
      const response = await fetch(`${base}/sessions/${id}/events?after=${after}`, {
        headers: { ...headers, accept: "text/event-stream" },
        signal,
      });
      yield* readEventStream(response);
    },
    address: (path) => ({ url: `${base}${path}`, headers }),
    async rssMb() {
      const status = await readFile(`/proc/${child.pid}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024;
    },
    async kill(signal) {
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill(signal);
      await exited;
    },
  };
}

async function untilHealthy(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await delay(2);
  }
}
