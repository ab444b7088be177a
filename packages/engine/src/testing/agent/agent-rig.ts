import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { AgentConnection, AgentDriver, AgentKind, Posture, SessionDirs } from "../../agent/agent-kind.ts";
import type { DetachedProcess, Host } from "../../host/host.ts";
import { createLocalHost } from "../../host/local/local-host.ts";
import { silentLogger } from "../../kernel/logger.ts";
import { FactLog } from "./fact-log.ts";

/** What a rig is made of. */
export interface AgentRigOptions {
  readonly kind: AgentKind;
  /** Session configuration as a caller writes it. */
  readonly input: object;
  /** Default: a machine of its own name, this one. */
  readonly host?: Host;
  /** Default true: decisions are asked for. */
  readonly canAnswer?: boolean;
}

/** A connection and what it has said. */
export interface RigConnection {
  readonly connection: AgentConnection;
  readonly facts: FactLog;
}

const CONNECT_MS = 20_000;
/** A test that never gets to its disposal leaves no program behind for longer. */
const ORPHAN_AFTER_MS = 120_000;

/** One run of an agent with everything around it but a session: directories, its server, connections. Disposal removes all. */
export class AgentRig implements AsyncDisposable {
  readonly host: Host;
  readonly driver: AgentDriver;
  readonly dirs: SessionDirs;
  /** Never aborted. */
  readonly signal = new AbortController().signal;
  #server: DetachedProcess | undefined;
  readonly #connections = new Set<AgentConnection>();

  private constructor(host: Host, driver: AgentDriver, dirs: SessionDirs) {
    this.host = host;
    this.driver = driver;
    this.dirs = dirs;
  }

  /** Makes the directories and the driver; starts nothing. */
  static async create(options: AgentRigOptions): Promise<AgentRig> {
    const { kind, input, host = createLocalHost(), canAnswer = true } = options;
    // agents refuse homes below the temp directory
    const taskDir = await mkdtemp("/var/tmp/optio-agent-");
    const dirs = {
      taskDir,
      workspace: join(taskDir, "workspace"),
      home: join(taskDir, "home"),
      control: join(taskDir, "control"),
    };
    await Promise.all([dirs.workspace, dirs.control].map((dir) => mkdir(dir, { mode: 0o700 })));
    const parsed = kind.parseConfig(input, { given: "json", canAnswer });
    return new AgentRig(host, kind.createDriver({ ...parsed, host, dirs, logger: silentLogger }), dirs);
  }

  /** The posture of the run. */
  posture(): Promise<Posture> {
    return this.driver.resolvePosture(this.signal);
  }

  /** Prepares the run and starts the agent's server. */
  async start(): Promise<void> {
    await this.driver.prepare(this.signal);
    await this.driver.clearSocket();
    const command = await this.driver.serverCommand(this.signal);
    this.#server = await this.host.processes.spawnDetached({
      ...command,
      controlDir: this.dirs.control,
      orphanAfterMs: ORPHAN_AFTER_MS,
    });
  }

  /** A new connection to the server, ready for requests. */
  async connect(): Promise<RigConnection> {
    const connection = await this.driver.connect(await this.stream(), { signal: this.signal, timeoutMs: CONNECT_MS });
    this.#connections.add(connection);
    return { connection, facts: new FactLog(connection.facts) };
  }

  /** A connection that has started a thread. */
  async openThread(): Promise<RigConnection & { threadId: string; model: string | null }> {
    const opened = await this.connect();
    const options = { posture: await this.posture(), workspace: this.dirs.workspace };
    return { ...opened, ...(await opened.connection.startThread(options, this.signal)) };
  }

  /** A new connection on a thread that exists; undefined as the agent says it. */
  async resumeThread(threadId: string): Promise<RigConnection | undefined> {
    const opened = await this.connect();
    const options = { posture: await this.posture(), workspace: this.dirs.workspace };
    return (await opened.connection.resumeThread(threadId, options, this.signal)) && opened;
  }

  /** Bytes to and from the server's socket, as soon as it takes them. */
  async stream(): Promise<Duplex> {
    const path = await this.driver.socketPath();
    const deadline = performance.now() + CONNECT_MS;
    for (;;) {
      try {
        return await this.host.connectSocket(path, { timeoutMs: 1000 });
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await delay(10);
      }
    }
  }

  /** Ends the server and all its children by KILL, at once. */
  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server) await this.host.processes.stopDetached(server, { markerDir: this.dirs.taskDir, graceful: false });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#connections].map((connection) => connection.close()));
    await this.kill();
    await this.driver.clearSocket();
    await this.host.files.remove(this.dirs.taskDir);
    await this.host.close();
  }
}
