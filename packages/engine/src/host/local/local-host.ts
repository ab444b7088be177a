import type { Host } from "../host.ts";
import { connectSocket } from "./connect-socket.ts";
import { inspectDetached, waitForExit } from "./detached-state.ts";
import { readHostFacts } from "./host-facts.ts";
import { inheritedEnv } from "./inherited-env.ts";
import { killMarked } from "./kill-marked.ts";
import { localFiles } from "./local-files.ts";
import { identify, isAlive } from "./process-table.ts";
import { runProgram } from "./run-program.ts";
import { spawnDetached } from "./spawn-detached.ts";
import { stopDetached } from "./stop-detached.ts";

/** What a local host may be told instead of the machine's own. */
export interface LocalHostOptions {
  /** Default "local". */
  readonly name?: string;
  /** Default /etc/machine-id. */
  readonly machineIdPath?: string;
  /** Where `inheritedEnv` picks from; default this process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The machine this process runs on. It holds nothing, so closing it does nothing. */
export function createLocalHost(options: LocalHostOptions = {}): Host {
  const { name = "local", machineIdPath = "/etc/machine-id", env = process.env } = options;
  return {
    name,
    files: localFiles,
    processes: {
      run: runProgram,
      spawnDetached,
      isAlive: async (identity) => isAlive(identity),
      identify: async (pid) => identify(pid),
      inspectDetached,
      waitForExit,
      stopDetached,
      killMarked,
    },
    facts: () => readHostFacts(machineIdPath),
    inheritedEnv: async () => inheritedEnv(env),
    connectSocket,
    close: async () => undefined,
  };
}
