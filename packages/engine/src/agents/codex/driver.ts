import { join } from "node:path";
import type { Duplex } from "node:stream";
import type { CodexSessionConfig } from "@optio/contract";
import type { AgentConnection, AgentDriver, AgentDriverOptions, LaunchSpec, Posture } from "../../agent/agent-kind.ts";
import { waitOrAbort } from "../../kernel/abort.ts";
import { renderConfig } from "./config-toml.ts";
import { connectCodex } from "./connection.ts";
import { buildEnvironment } from "./environment.ts";
import type { FailureWords } from "./explain-failure.ts";
import { explainFailure } from "./explain-failure.ts";
import type { CodexHome } from "./home.ts";
import { homePlaces, makeHome } from "./home.ts";
import type { CodexBinary } from "./locate-binary.ts";
import { locateBinary } from "./locate-binary.ts";
import { probeSandbox, resolvePosture } from "./posture.ts";
import { clearSocket, makeLinkDirectory, socketPlace } from "./socket-path.ts";

/** What drivers of one engine share: facts about programs that are costly to find. */
export interface DriverCaches {
  /** Version by fingerprint of the program. */
  readonly versions: Map<string, string>;
  /** Programs whose sandbox was shown to work, by fingerprint, machine boot and mode. */
  readonly sandboxes: Set<string>;
}

export interface CodexDriverOptions extends Omit<AgentDriverOptions, "config"> {
  readonly config: CodexSessionConfig;
  readonly caches: DriverCaches;
  readonly serverEnv: Readonly<Record<string, string | undefined>>;
}

/** Codex's side of one run. */
export class CodexDriver implements AgentDriver {
  readonly #options: CodexDriverOptions;
  readonly #home: CodexHome;
  #binary: Promise<CodexBinary> | undefined;
  #posture: Promise<Posture> | undefined;
  #sandboxShown: Promise<void> | undefined;

  constructor(options: CodexDriverOptions) {
    this.#options = options;
    this.#home = homePlaces(options.dirs.home);
  }

  async prepare(signal: AbortSignal): Promise<{ version: string }> {
    const [binary] = await Promise.all([this.#locate(signal), this.#environment(), this.#writeConfig(signal)]);
    this.#showSandbox(binary, signal);
    return { version: binary.version };
  }

  resolvePosture(signal: AbortSignal): Promise<Posture> {
    const { config, host, dirs } = this.#options;
    this.#posture ??= forgetOnFailure(resolvePosture(config, host, dirs.taskDir), () => {
      this.#posture = undefined;
    });
    return waitOrAbort(this.#posture, signal);
  }

  async writeInstructions(text: string | undefined, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { files } = this.#options.host;
    if (text === undefined) return files.remove(this.#home.instructionsFile);
    await files.makeDirectory(this.#home.codexHome, { mode: 0o700 });
    await files.writeFile(this.#home.instructionsFile, text);
  }

  async serverCommand(signal: AbortSignal): Promise<LaunchSpec> {
    const { host, dirs } = this.#options;
    const [binary, env, place] = await Promise.all([this.#locate(signal), this.#environment(), this.#place()]);
    await makeLinkDirectory(host, place, dirs.control);
    return { command: binary.path, args: ["app-server", "--listen", `unix://${place.link}`], env, cwd: dirs.workspace };
  }

  async socketPath(): Promise<string> {
    return (await this.#place()).socket;
  }

  async clearSocket(): Promise<void> {
    await clearSocket(this.#options.host, await this.#place());
  }

  async connect(stream: Duplex, options: { signal: AbortSignal; timeoutMs: number }): Promise<AgentConnection> {
    const postureReady = this.#sandboxShown;
    return connectCodex(stream, { ...options, ...(postureReady ? { postureReady } : {}) });
  }

  explainFailure(exitCode: number | null, stderrTail: string): FailureWords {
    return explainFailure(exitCode, stderrTail);
  }

  #locate(signal: AbortSignal): Promise<CodexBinary> {
    const { config, host, caches } = this.#options;
    this.#binary ??= forgetOnFailure(
      locateBinary({ host, path: config.codex.path, versions: caches.versions, signal }),
      () => {
        this.#binary = undefined;
      },
    );
    return waitOrAbort(this.#binary, signal);
  }

  /** Runs beside the start of the server; `startThread` waits for it. */
  #showSandbox(binary: CodexBinary, signal: AbortSignal): void {
    if (this.#options.config.sandbox === "danger-full-access") return;
    this.#sandboxShown ??= forgetOnFailure(this.#probeSandbox(binary, signal), () => undefined);
  }

  async #probeSandbox(binary: CodexBinary, signal: AbortSignal): Promise<void> {
    const { host, dirs, caches } = this.#options;
    const [posture, { bootId }] = await Promise.all([this.resolvePosture(signal), host.facts()]);
    const key = `${binary.fingerprint}:${bootId}:${posture.sandbox}`;
    if (caches.sandboxes.has(key)) return;
    await probeSandbox({ host, binary, posture, scratchDir: join(dirs.taskDir, "sandbox-probe"), signal });
    caches.sandboxes.add(key);
  }

  async #writeConfig(signal: AbortSignal): Promise<void> {
    const { config, host, dirs, logger } = this.#options;
    const [posture, workspace] = await Promise.all([
      this.resolvePosture(signal),
      host.files.realPath(dirs.workspace),
      makeHome(host.files, this.#home),
    ]);
    const { text, overridden } = renderConfig({
      workspace: workspace ?? dirs.workspace,
      posture,
      model: config.model,
      reasoningEffort: config.reasoningEffort,
      codexConfig: config.codexConfig,
    });
    if (overridden.length > 0)
      logger.warn({ keys: overridden.join(", ") }, "keys of codexConfig give way to the session's own");
    await host.files.writeFile(this.#home.configFile, text);
  }

  async #environment(): Promise<Record<string, string>> {
    const { config, host, serverEnv } = this.#options;
    const { env, scrubEnv } = config;
    return buildEnvironment({
      inherited: await host.inheritedEnv(),
      isolation: this.#home.env,
      env,
      scrubEnv,
      serverEnv,
    });
  }

  async #place() {
    const { host, dirs } = this.#options;
    return socketPlace(dirs.control, (await host.facts()).uid);
  }
}

/** Keeps a result for later callers, a failure only for those who wait now; a failure nobody waits for is no crash. */
function forgetOnFailure<T>(promise: Promise<T>, forget: () => void): Promise<T> {
  promise.catch(forget);
  return promise;
}
