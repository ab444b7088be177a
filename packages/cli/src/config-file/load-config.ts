import { pathToFileURL } from "node:url";
import { OptioError } from "@optio/contract";
import type { OptioConfig } from "@optio/engine";
import { defineConfig } from "@optio/engine";
import { FRESH_KEY, resolveFresh } from "./resolve-fresh.ts";

/** A configuration file: loaded at the start, and again when the definitions are read again. */
export interface ConfigFile {
  readonly path: string;
  /** As it was loaded at the start. */
  readonly config: OptioConfig;
  /** Loads the file again, with the files that it imports from its own project. @throws what `loadConfig` throws. */
  reload(): Promise<OptioConfig>;
}

/**
 * Loads a configuration file as a module; TypeScript runs as it is. `@optio/…` in it means the packages of this program.
 * @throws `config-refused` naming the file and what is wrong: it cannot be loaded, has no default export, or a key of it is wrong;
 * `not-available` for a key whose part has not landed.
 */
export async function loadConfig(path: string): Promise<ConfigFile> {
  let loads = 0;
  const reload = () => {
    loads += 1;
    return importConfig(path, loads);
  };
  return { path, config: await reload(), reload };
}

async function importConfig(path: string, load: number): Promise<OptioConfig> {
  const exported = await importFresh(path, load);
  if (exported === undefined)
    throw new OptioError("config-refused", `${path}: has no default export; write: export default defineConfig({ … })`);
  try {
    return defineConfig(exported);
  } catch (error) {
    throw refusal(path, error);
  }
}

/** The default export. @throws `config-refused`. */
async function importFresh(path: string, load: number): Promise<OptioConfig | undefined> {
  const url = pathToFileURL(path);
  url.searchParams.set(FRESH_KEY, String(load));
  using _ = resolveFresh();
  try {
    const module: { readonly default?: OptioConfig } = await import(url.href);
    return module.default;
  } catch (error) {
    throw refusal(path, error);
  }
}

/** The error of a file with its name, and its line where it cannot be read. */
function refusal(path: string, error: unknown): OptioError {
  const message = error instanceof Error ? error.message : String(error);
  const where = lineOf(error) ?? path;
  if (!(error instanceof OptioError)) return new OptioError("config-refused", `${where}: ${message}`, { cause: error });
  const { code, data } = error;
  return new OptioError(code === "not-available" ? code : "config-refused", `${where}: ${message}`, {
    cause: error,
    ...(data && { data }),
  });
}

/** The place that a syntax error's stack begins with, as path:line. */
function lineOf(error: unknown): string | undefined {
  if (!(error instanceof SyntaxError)) return undefined;
  const [first = ""] = (error.stack ?? "").split("\n", 1);
  const found = /^(?:file:\/\/)?(?<path>\/[^?]*)(?:\?[^:]*)?:(?<line>\d+)$/.exec(first)?.groups;
  return found && `${found.path}:${found.line}`;
}
