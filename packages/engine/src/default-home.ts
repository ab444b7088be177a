import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/** The directory of all state: OPTIO_HOME, else `$XDG_DATA_HOME/optio`, else `~/.local/share/optio`; absolute. */
export function defaultHome(env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (env.OPTIO_HOME) return resolve(env.OPTIO_HOME);
  // a relative XDG_DATA_HOME is to be ignored, says its specification
  if (env.XDG_DATA_HOME && isAbsolute(env.XDG_DATA_HOME)) return join(env.XDG_DATA_HOME, "optio");
  return join(env.HOME || homedir(), ".local", "share", "optio");
}
