import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Outcome } from "../program.test-support.ts";

const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));
const announcementSchema = z.object({ url: z.string(), loginUrl: z.string(), home: z.string(), pid: z.number() });

/** A home of its own for the real program; disposing it ends every session that it has. */
export class TestHome implements AsyncDisposable {
  readonly path: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #servers: RunningServer[] = [];

  /** Not below /tmp, where codex refuses its helper programs. */
  static async create(env: Readonly<Record<string, string>> = {}): Promise<TestHome> {
    return new TestHome(await mkdtemp("/var/tmp/optio-cli-"), env);
  }

  private constructor(path: string, env: Readonly<Record<string, string>>) {
    this.path = path;
    this.#env = env;
  }

  /** Starts `optio up` and waits until it answers. */
  async up(argv: readonly string[] = []): Promise<RunningServer> {
    const server = await RunningServer.start(this.spawn(["up", "--json", "--port", "0", ...argv]));
    this.#servers.push(server);
    return server;
  }

  /** Runs a command line as a program of its own to its end. */
  async run(argv: readonly string[], server?: RunningServer): Promise<Outcome> {
    const child = this.spawn(argv, server);
    child.stdin?.end();
    return outcomeOf(child);
  }

  spawn(argv: readonly string[], server?: RunningServer): ChildProcess {
    const env: NodeJS.ProcessEnv = {
      PATH: process.env.PATH,
      HOME: this.path,
      OPTIO_HOME: join(this.path, "optio"),
      OPTIO_NO_OPEN: "1",
      ...this.#env,
    };
    if (server !== undefined) env.OPTIO_URL = server.url;
    return spawn(process.execPath, [MAIN, ...argv], { env, stdio: "pipe" });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) await server.stop();
    // a server that ends its sessions at its own end leaves nothing running
    const last = await RunningServer.start(this.spawn(["up", "--json", "--port", "0", "--stop-sessions"]));
    await last.stop();
    const left = await processesNaming(this.path);
    if (left.length > 0) throw new Error(`left running: ${left.join("; ")}`);
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Command lines of the processes that name a path below the directory in their environment. */
async function processesNaming(directory: string): Promise<string[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      if (!environment.includes(`=${directory}/`)) return undefined;
      return (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ").slice(0, 200);
    }),
  );
  return lines.filter((line) => line !== undefined).filter(Boolean);
}

/** A server as a program of its own. */
export class RunningServer {
  readonly child: ChildProcess;
  readonly url: string;
  readonly loginUrl: string;

  static async start(child: ChildProcess): Promise<RunningServer> {
    const ended = outcomeOf(child);
    if (!child.stdout) throw new Error("no standard output");
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout }), "line"),
      ended.then(({ code, stderr }) => Promise.reject(new Error(`optio up ended with ${code}: ${stderr}`))),
    ]);
    const { url, loginUrl } = announcementSchema.parse(JSON.parse(String(line)));
    return new RunningServer(child, url, loginUrl);
  }

  private constructor(child: ChildProcess, url: string, loginUrl: string) {
    this.child = child;
    this.url = url;
    this.loginUrl = loginUrl;
  }

  /** Sends SIGTERM and resolves with the exit code. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    const exited = once(this.child, "exit");
    this.child.kill("SIGTERM");
    await exited;
    return this.child.exitCode;
  }
}

/** What a program wrote, once it has ended. */
export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const { stdout: output, stderr: errors } = child;
  if (!output || !errors) throw new Error("the program's output is not piped");
  const [stdout, stderr, [code]] = await Promise.all([text(output), text(errors), once(child, "close")]);
  return { code: Number(code ?? -1), stdout, stderr };
}
