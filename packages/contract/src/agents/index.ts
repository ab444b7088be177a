import type { z } from "zod";
import { CODEX_CONFIG_KEYS, codexSessionBodySchema } from "./codex.ts";
import type { ConfigKey } from "./config-keys.ts";

export * from "./codex.ts";
export * from "./config-keys.ts";

/** What the contract knows of one agent. */
export interface AgentContract {
  readonly id: string;
  /** Body of `POST /sessions` for this agent. */
  readonly bodySchema: z.ZodType;
  readonly keys: readonly ConfigKey[];
}

/** Every agent kind that a client may name; the one list that routes import. */
export const AGENT_CONTRACTS = [
  { id: "codex", bodySchema: codexSessionBodySchema, keys: CODEX_CONFIG_KEYS },
] as const satisfies readonly AgentContract[];
