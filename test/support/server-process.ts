import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";

/** Where and how a server is started. */
export interface ServerOptions {
  readonly home: string;
  readonly token: string;
  /** 0: any free one. */
  readonly port: number;
  /** More arguments of `optio up`. */
  readonly flags?: readonly string[];
  /** Times of sessions in place of the usual ones: started by a program of the tests, as `optio up` takes none. */
  readonly sessionTimings?: Readonly<Record<string, unknown>> | undefined;
}

/** A server in an OS process of its own. */
export interface ServerProcess {
  readonly url: string;
  /** Signs a browser in, once; only `optio up` gives one. */
  readonly loginUrl: string | undefined;
  readonly port: number;
  readonly pid: number;
  /** Ends it and waits for its end. Returns what it wrote to its standard error. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<string>;
}

const checkout = join(import.meta.dirname, "..", "..");
const readySchema = z.object({ url: z.url(), loginUrl: z.url().optional() });

/** Starts `optio up`; resolves when it listens. @throws Error with its standard error when it ends first. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const child = spawn(process.execPath, programOf(options), {
    cwd: checkout,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: process.env.PATH,
      HOME: options.home,
      OPTIO_HOME: options.home,
      OPTIO_TOKEN: options.token,
      OPTIO_NO_OPEN: "1",
      ...(options.sessionTimings ? { TEST_SESSION_TIMINGS: JSON.stringify(options.sessionTimings) } : {}),
    },
  });
  const said = collect(child);
  const exited = once(child, "exit");
  const { url, loginUrl } = await Promise.race([readReady(child), exited.then(() => failure(said))]);
  return {
    url,
    loginUrl,
    port: Number(new URL(url).port),
    pid: child.pid ?? 0,
    async end(signal) {
      child.kill(signal);
      await exited;
      return said.join("");
    },
  };
}

function programOf({ port, flags = [], sessionTimings }: ServerOptions): string[] {
  if (sessionTimings) return [join(import.meta.dirname, "server-with-timings.ts"), String(port)];
  return [join(checkout, "packages/cli/src/main.ts"), "--json", "up", "--port", String(port), ...flags];
}

function collect(child: ChildProcess): string[] {
  const said: string[] = [];
  child.stderr?.setEncoding("utf8").on("data", (text: string) => said.push(text));
  return said;
}

async function readReady(child: ChildProcess): Promise<z.infer<typeof readySchema>> {
  if (!child.stdout) throw new Error("the server has no standard output");
  const lines = createInterface({ input: child.stdout });
  const [line] = await once(lines, "line");
  return readySchema.parse(JSON.parse(String(line)));
}

function failure(said: readonly string[]): never {
  throw new Error(`the server ended before it listened:\n${said.join("")}`);
}
