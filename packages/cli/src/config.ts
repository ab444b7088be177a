import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { OptioError } from "@optio/contract";
import type { CliContext, GlobalOptions } from "./context.ts";

/** Port of the server unless OPTIO_PORT or --port says otherwise. */
export const DEFAULT_PORT = 4747;

type Environment = CliContext["env"];

/** The directory of the server's state: --home, OPTIO_HOME, `$XDG_DATA_HOME/optio` or `~/.local/share/optio`; absolute. */
export function resolveHome(env: Environment, options: GlobalOptions, cwd: string): string {
  const named = options.home ?? nonEmpty(env.OPTIO_HOME);
  if (named !== undefined) return resolve(cwd, named);
  const dataHome = nonEmpty(env.XDG_DATA_HOME);
  // a relative XDG_DATA_HOME is to be ignored, says its specification
  if (dataHome !== undefined && isAbsolute(dataHome)) return join(dataHome, "optio");
  return join(nonEmpty(env.HOME) ?? homedir(), ".local", "share", "optio");
}

/** The port: --port, OPTIO_PORT or 4747; 0 asks for any free one. @throws `usage` when it is no port number. */
export function resolvePort(env: Environment, flag?: string): number {
  const [name, text] = flag === undefined ? ["OPTIO_PORT", nonEmpty(env.OPTIO_PORT)] : ["--port", flag];
  if (text === undefined) return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new OptioError("usage", `${name} is '${text}', but a port is a number from 0 to 65535`);
  return port;
}

/** Where client commands find the server: --url, OPTIO_URL or 127.0.0.1 at the port. @throws `usage` when it is no http address. */
export function resolveUrl(env: Environment, options: GlobalOptions): string {
  const text = options.url ?? nonEmpty(env.OPTIO_URL);
  return text === undefined ? `http://127.0.0.1:${resolvePort(env)}` : readAddress(text);
}

/** An http address without a slash at its end. @throws `usage` when it is none. */
export function readAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new OptioError("usage", `the server's address is '${text}', but it must be like http://127.0.0.1:4747`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

/** The file in which `optio up` leaves a token for the command line of the same user. */
export function tokenFile(home: string): string {
  return join(home, "cli-token");
}

/** The token: --token, OPTIO_TOKEN or the token file; undefined when there is none. */
export async function resolveToken(
  env: Environment,
  options: GlobalOptions,
  home: string,
): Promise<string | undefined> {
  const given = options.token ?? nonEmpty(env.OPTIO_TOKEN);
  if (given !== undefined) return given;
  try {
    return nonEmpty((await readFile(tokenFile(home), "utf8")).trim());
  } catch {
    return undefined;
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
