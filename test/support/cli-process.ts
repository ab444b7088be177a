import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { Arrivals } from "./arrivals.ts";

/** Where a command line finds its server. */
export interface CliTarget {
  readonly url: string;
  readonly token: string;
  readonly home: string;
}

const MAIN = join(import.meta.dirname, "..", "..", "packages/cli/src/main.ts");

/** Runs `optio …` to its end. */
export async function runCli(target: CliTarget, argv: readonly string[]) {
  const child = start(target, argv);
  child.stdin.end();
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: Number(code), stdout, stderr };
}

/** An `optio …` that goes on. */
export class RunningCli implements AsyncDisposable {
  /** Lines of its standard output. */
  readonly lines = new Arrivals<string>();
  readonly #child: ReturnType<typeof start>;
  readonly #exited: Promise<unknown>;

  constructor(target: CliTarget, argv: readonly string[]) {
    this.#child = start(target, argv);
    this.#exited = once(this.#child, "exit");
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.lines.push(line));
    this.#child.stderr.setEncoding("utf8").on("data", (said: string) => this.lines.push(`stderr: ${said}`));
    this.#child.once("exit", (code) => this.lines.end(`it ended with ${code}`));
  }

  /** Types a line. */
  type(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#exited;
  }
}

function start({ url, token, home }: CliTarget, argv: readonly string[]) {
  const env = { PATH: process.env.PATH, HOME: home, OPTIO_HOME: home, OPTIO_URL: url, OPTIO_TOKEN: token };
  return spawn(process.execPath, [MAIN, ...argv], { env, stdio: ["pipe", "pipe", "pipe"] });
}
