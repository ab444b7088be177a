import type { ChildProcess, SpawnOptions } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { installPostgres } from "./install-postgres.ts";

const execute = promisify(execFile);

/** The password of the database user; the server asks nobody for it. */
const PASSWORD = "not-asked-for";
/** Linux keeps this user for programs that own nothing; PostgreSQL refuses to run as root. */
const NOBODY = 65_534;
const MAX_LOG_LINES = 50;

/**
 * Waits until the starter is gone, however it went, then stops the server and removes its directory. The server is its child in
 * neither sense, so that a test may kill and restart it.
 */
const WATCHDOG = `
cat >/dev/null
{ read pid <"$1/data/postmaster.pid" && kill -QUIT "$pid"; } 2>/dev/null
# an ended process that nobody waits for keeps its number, but not its program
while [ -n "$pid" ] && [ -e "/proc/$pid/exe" ]; do sleep 0.02; done
rm -rf "$1"`;

/** A PostgreSQL server of a test or benchmark, with data of its own. Disposing it is `stop`. */
export interface PostgresServer extends AsyncDisposable {
  /** Of its database `postgres`, as a superuser. */
  readonly url: string;
  /** SIGKILL to the server and the processes of its connections. */
  kill(): Promise<void>;
  /** Ends all connections and stops the server, leaving its data. */
  halt(): Promise<void>;
  /** Starts it again on the same data after `kill` or `halt`. */
  restart(): Promise<void>;
  /** Stops the server and removes its data. It happens also when this OS process ends in another way. */
  stop(): Promise<void>;
}

/** How a server is set up. */
export interface PostgresOptions {
  /** Waits for the disk at every commit, as a real one does; default false. */
  readonly durable?: boolean;
}

/**
 * Starts a PostgreSQL server that listens on a unix socket below /var/tmp only. Its default collation is a linguistic one, so
 * that what forgets to ask for another shows.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const directory = await mkdtemp("/var/tmp/optio-pg-");
  const watchdog = spawn("sh", ["-c", WATCHDOG, "watchdog", directory], {
    stdio: ["pipe", "ignore", "inherit"],
    detached: true,
  });
  const ended = once(watchdog, "exit");
  async function stop(): Promise<void> {
    watchdog.stdin.end();
    await ended;
  }
  try {
    const bin = await installPostgres(join(directory, "program"));
    const user = await initialize(directory, bin);
    const program = new Program(directory, bin, options.durable ?? false, user);
    await program.start();
    return {
      url: `postgres://postgres:${PASSWORD}@localhost/postgres?host=${directory}`,
      kill: () => program.kill(),
      halt: () => program.halt(),
      restart: () => program.start(),
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Makes the database files; answers as whom the server must run. */
async function initialize(directory: string, bin: string): Promise<SpawnOptions> {
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (user.uid !== undefined) {
    await execute("chown", ["-R", `${NOBODY}:${NOBODY}`, directory]);
  }
  const options = ["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--no-instructions"];
  const collation = ["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"];
  await execute(join(bin, "initdb"), ["-D", join(directory, "data"), ...options, ...collation], {
    ...user,
    cwd: directory,
    env: environment(),
  });
  return user;
}

/** The server program, started once or several times. */
class Program {
  readonly #directory: string;
  readonly #bin: string;
  readonly #durable: boolean;
  readonly #user: SpawnOptions;
  #child: ChildProcess | undefined;

  constructor(directory: string, bin: string, durable: boolean, user: SpawnOptions) {
    this.#directory = directory;
    this.#bin = bin;
    this.#durable = durable;
    this.#user = user;
  }

  /** Starts it and waits until it takes connections. */
  async start(): Promise<void> {
    const child = spawn(join(this.#bin, "postgres"), this.#args(), {
      ...this.#user,
      cwd: this.#directory,
      env: environment(),
      // a Ctrl-C at the terminal is for the tests, which stop the server when they are done with it
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    const log: string[] = [];
    const lines = createInterface(child.stderr);
    await new Promise<void>((resolve, reject) => {
      lines.on("line", (line) => {
        if (line.includes("database system is ready to accept connections")) resolve();
        if (log.push(line) > MAX_LOG_LINES) log.shift();
      });
      child.once("error", reject);
      child.once("exit", () => reject(new Error(`PostgreSQL did not start:\n${log.join("\n")}`)));
    });
  }

  async kill(): Promise<void> {
    const child = this.#running();
    const ended = once(child, "exit");
    const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
    child.kill("SIGKILL");
    for (const pid of children.split(" ").filter(Boolean)) killIfThere(Number(pid));
    await ended;
  }

  async halt(): Promise<void> {
    const child = this.#running();
    const ended = once(child, "exit");
    child.kill("SIGINT");
    await ended;
  }

  #running(): ChildProcess {
    if (!this.#child || this.#child.exitCode !== null || this.#child.signalCode !== null)
      throw new Error("the PostgreSQL server does not run");
    return this.#child;
  }

  #args(): string[] {
    const settings = {
      listen_addresses: "",
      unix_socket_directories: this.#directory,
      max_connections: "300",
      jit: "off",
      fsync: this.#durable ? "on" : "off",
      full_page_writes: this.#durable ? "on" : "off",
    };
    return ["-D", join(this.#directory, "data"), ...Object.entries(settings).flatMap(([k, v]) => ["-c", `${k}=${v}`])];
  }
}

/** PATH names the test run that a process belongs to. */
function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: "C.UTF-8", TZ: "UTC" };
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it ended by itself when the server did
  }
}
