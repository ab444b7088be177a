import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { OptioError } from "@optio/contract";
import type { CliContext } from "../context.ts";

/** The file that is looked for where the program was started. */
export const CONFIG_FILE = "optio.config.ts";

/**
 * The configuration file: --config, OPTIO_CONFIG, or `optio.config.ts` in the working directory; absolute. Undefined when none is named and
 * there is none.
 * @throws `config-refused` when the named one is not there.
 */
export async function findConfig(context: CliContext, flag: string | undefined): Promise<string | undefined> {
  const named = flag ?? (context.env.OPTIO_CONFIG || undefined);
  const path = resolve(context.cwd, named ?? CONFIG_FILE);
  if (await isThere(path)) return path;
  if (named === undefined) return undefined;
  const by = flag === undefined ? "OPTIO_CONFIG" : "--config";
  throw new OptioError("config-refused", `${path}: no such file; ${by} names it`);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
