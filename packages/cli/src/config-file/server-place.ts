import type { OptioConfig } from "@optio/engine";
import { DEFAULT_PORT, readAddress, resolvePort } from "../config.ts";
import type { CliContext } from "../context.ts";

/** Flags of `optio up` that say where the server is. */
export interface PlaceFlags {
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly allowHost?: readonly string[] | undefined;
  readonly baseUrl?: string | undefined;
}

/** Where a server listens and under which names it answers. */
export interface ServerPlace {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly allowedHosts: readonly string[];
  readonly baseUrl: string | undefined;
}

/** Flags first, then the environment, then the configuration file; allowed hosts are those of both. @throws `usage`. */
export function serverPlace(
  env: CliContext["env"],
  flags: PlaceFlags,
  configured: OptioConfig["server"] = {},
): ServerPlace {
  const asked = flags.port !== undefined || Boolean(env.OPTIO_PORT);
  const baseUrl = flags.baseUrl ?? configured.baseUrl;
  return {
    host: flags.host ?? configured.host ?? "127.0.0.1",
    port: asked ? resolvePort(env, flags.port) : (configured.port ?? DEFAULT_PORT),
    allowedHosts: [...new Set([...(configured.allowedHosts ?? []), ...(flags.allowHost ?? [])])],
    baseUrl: baseUrl === undefined ? undefined : readAddress(baseUrl),
  };
}
