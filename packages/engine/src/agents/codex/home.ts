import { join } from "node:path";
import type { HostFiles } from "../../host/host.ts";

/** Places inside the isolated home of a run. */
export interface CodexHome {
  readonly home: string;
  readonly codexHome: string;
  readonly configFile: string;
  /** Where codex reads instructions that hold for every thread. */
  readonly instructionsFile: string;
  /** Variables that make codex and its tools use this home and no other. */
  readonly env: Readonly<Record<string, string>>;
}

/** The places of a home; makes nothing. */
export function homePlaces(home: string): CodexHome {
  const codexHome = join(home, ".codex");
  return {
    home,
    codexHome,
    configFile: join(codexHome, "config.toml"),
    instructionsFile: join(codexHome, "AGENTS.md"),
    env: {
      HOME: home,
      CODEX_HOME: codexHome,
      XDG_CONFIG_HOME: join(home, ".config"),
      XDG_DATA_HOME: join(home, ".local", "share"),
      XDG_STATE_HOME: join(home, ".local", "state"),
      XDG_CACHE_HOME: join(home, ".cache"),
    },
  };
}

/** Makes the home and its directories, each 0700; existing ones stay. */
export async function makeHome(files: HostFiles, places: CodexHome): Promise<void> {
  await files.makeDirectory(places.codexHome, { mode: 0o700 });
  const { HOME: _home, CODEX_HOME: _codexHome, ...others } = places.env;
  await Promise.all(Object.values(others).map((path) => files.makeDirectory(path, { mode: 0o700 })));
}
