import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ACTIVE_STATES } from "@optio/contract";
import type { Engine } from "@optio/engine";
import { createEngine, openSecretKey } from "@optio/engine";
import type { ScriptedModel } from "@optio/engine/scripted-model";
import type { OptioServer } from "@optio/server";
import { buildServer, createLoginCode, ensureAdminToken } from "@optio/server";
import { engineOptions } from "../config-file/engine-options.ts";
import type { ConfigFile } from "../config-file/load-config.ts";
import type { ServerPlace } from "../config-file/server-place.ts";
import { storeOfEnvironment } from "../config-file/store-of-environment.ts";
import type { CliContext } from "../context.ts";
import { printNote } from "../context.ts";
import { checkPort, portError } from "./check-port.ts";
import { createDemo, playDemo, reopenDemoModel } from "./demo.ts";
import { keepCliToken } from "./keep-cli-token.ts";
import { prepareHome } from "./prepare-home.ts";
import { openServerLog } from "./server-log.ts";

export interface ServeOptions extends ServerPlace {
  readonly home: string;
  readonly configFile: ConfigFile | undefined;
  readonly isDemo: boolean;
}

/** A running server with its engine. */
export interface Serving {
  readonly url: string;
  /** Logs a browser in, once. */
  readonly loginUrl: string;
  readonly logFile: string | undefined;
  /** Whether a plain task runs: nobody could go on with it, so it ends with the server. */
  runsTasks(): Promise<boolean>;
  /** Stops listening, then lets go of the sessions, which live on, or ends them. */
  close(options: { readonly stopSessions: boolean }): Promise<void>;
}

/**
 * Opens the store and starts engine, server and demo in this process.
 * @throws `port-in-use`, `host-failed`, `store-failed`, `secret-key-refused`, `config-refused`.
 */
export async function serve(context: CliContext, options: ServeOptions): Promise<Serving> {
  const { home, host, port } = options;
  await checkPort(host, port);
  const note = (line: string) => printNote(context, line);
  const warning = await prepareHome(home);
  if (warning !== undefined) note(warning);
  await using stack = new AsyncDisposableStack();
  const { logger, path: logFile } = openServerLog(context, home);

  const configured = await engineOptions(options.configFile);
  const secretKeyPath = configured.secretKeyPath ?? join(home, "secret.key");
  const secretKey = await openSecretKey(secretKeyPath);
  const demo = { home, signal: context.signal, note };
  const models = new ModelSlot(await reopenDemoModel(demo));
  stack.defer(() => models.close());
  const engine = await createEngine({ ...configured, ...storeOfEnvironment(context.env), secretKeyPath, home, logger });
  let stopSessions = false;
  stack.defer(() => engine.close({ detach: !stopSessions }));
  const preset = context.env.OPTIO_TOKEN;
  await ensureAdminToken({ store: engine.store, ...(preset ? { preset } : {}) });
  await keepCliToken(engine.store, home);
  const server = await buildServer({
    engine,
    logger,
    secretKey,
    dashboardDir: DASHBOARD_DIR,
    allowedHosts: options.allowedHosts,
    ...(options.baseUrl === undefined ? {} : { baseUrl: options.baseUrl }),
  });
  stack.defer(() => server.close());
  const at = await listen(server, host, port);
  if (options.isDemo) startDemo(engine, models, demo);
  const running = stack.move();
  const url = options.baseUrl ?? reachable(at);
  return {
    url,
    loginUrl: `${url}/login?code=${await createLoginCode(engine.store)}`,
    logFile,
    runsTasks: () => runsTasks(engine),
    close: async (how) => {
      stopSessions = how.stopSessions;
      await running.disposeAsync();
    },
  };
}

const DASHBOARD_DIR = fileURLToPath(new URL("dist", import.meta.resolve("@optio/dashboard/package.json")));

/** Holds the scripted model of the demo, whether it came from an earlier start or is made later. */
class ModelSlot {
  #model: ScriptedModel | undefined;

  constructor(model: ScriptedModel | undefined) {
    this.#model = model;
  }

  set(model: ScriptedModel | undefined): void {
    this.#model ??= model;
  }

  async close(): Promise<void> {
    await this.#model?.close();
  }
}

/** In the background: the server answers meanwhile. */
function startDemo(engine: Engine, models: ModelSlot, demo: Parameters<typeof playDemo>[1]): void {
  const start = async () => {
    const made = await createDemo(engine, demo);
    models.set(made);
    if (made !== undefined) demo.note("demo: session 'demo' is starting on a scripted model");
    await playDemo(engine, demo);
  };
  start().catch((error: unknown) => {
    if (!demo.signal.aborted) demo.note(`demo: ${error instanceof Error ? error.message : error}`);
  });
}

async function listen(server: OptioServer, host: string, port: number): Promise<{ host: string; port: number }> {
  try {
    return await server.listen({ host, port });
  } catch (error) {
    throw portError(host, port, error instanceof Error ? (error.cause ?? error) : error);
  }
}

async function runsTasks(engine: Engine): Promise<boolean> {
  const filter = { kind: "task", state: { in: ACTIVE_STATES } };
  return (await engine.processes.list({ filter, limit: 1 })).items.length > 0;
}

/** The address that a browser on this machine reaches. */
function reachable({ host, port }: { host: string; port: number }): string {
  if (host === "0.0.0.0" || host === "::") return `http://127.0.0.1:${port}`;
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
