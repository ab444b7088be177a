import { dirname, resolve } from "node:path";
import { OptioError } from "@optio/contract";
import type { EngineOptions, OptioConfig, TaskSource } from "@optio/engine";
import { codex } from "@optio/engine/codex";
import type { ConfigFile } from "./load-config.ts";

/**
 * What a configuration file says about the engine; paths in it are relative to the file. Without a file: the agents of this program.
 * @throws `config-refused` when the function that makes the services fails.
 */
export async function engineOptions(file: ConfigFile | undefined): Promise<EngineOptions> {
  if (file === undefined) return { agents: [codex] };
  const { agents = [codex], store, secrets } = file.config;
  const near = (path: string) => resolve(dirname(file.path), path);
  const services = await makeServices(file);
  return {
    agents,
    tasks: taskSource(file),
    ...(services && { services }),
    ...(store && { store: "sqlite" in store ? { sqlite: near(store.sqlite) } : store }),
    ...(secrets?.keyPath !== undefined && { secretKeyPath: near(secrets.keyPath) }),
  };
}

/** The tasks of the file: as loaded at the start the first time, then of the file as it is by then. */
function taskSource(file: ConfigFile): TaskSource {
  const loaded = [file.config];
  return async (services, filter) => {
    const { tasks = [] } = loaded.pop() ?? (await file.reload());
    return typeof tasks === "function" ? tasks(services, filter) : tasks;
  };
}

async function makeServices({ path, config }: ConfigFile): Promise<Exclude<OptioConfig["services"], () => unknown>> {
  const { services } = config;
  if (typeof services !== "function") return services;
  try {
    return await services();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new OptioError("config-refused", `${path}: services: the function failed: ${message}`, { cause: error });
  }
}
