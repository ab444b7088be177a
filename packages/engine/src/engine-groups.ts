import type { EngineBlocks, EngineGroups } from "./engine.ts";
import { endRunsDeps } from "./engine-definitions.ts";
import type { EngineParts } from "./engine-parts.ts";
import { cancelGroup } from "./process/groups/cancel-group.ts";

/** The verbs on groups of processes. */
export function createEngineGroups(parts: EngineParts): EngineGroups {
  return { cancel: (options) => cancelGroup({ ...endRunsDeps(parts), blocks: parts.blocks }, options) };
}

/** The verbs on launch blocks. */
export function createEngineBlocks({ blocks }: EngineParts): EngineBlocks {
  return {
    list: () => blocks.list(),
    add: (options) => blocks.add(options),
    lift: (which) => blocks.lift(which),
  };
}
