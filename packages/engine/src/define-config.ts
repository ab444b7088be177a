import { OptioError } from "@optio/contract";
import { z } from "zod";
import type { AgentKind } from "./agent/agent-kind.ts";
import type { TaskSource } from "./process/definitions/definitions.ts";
import type { TaskServices } from "./process/task.ts";
import type { StoreLocation } from "./store/open-store.ts";

/** What a server is told by its `optio.config.ts`. */
export interface OptioConfig {
  /** Tasks, or a function that gives them: called at every start and resync with the services and the filter. */
  readonly tasks?: TaskSource | undefined;
  /** Kinds of agents. Default: those that the command line brings along. */
  readonly agents?: readonly AgentKind[] | undefined;
  /** Where the records are. Default SQLite in the home. */
  readonly store?: StoreLocation | undefined;
  /** Where the server listens; flags of the command line win. */
  readonly server?: ServerConfig | undefined;
  readonly secrets?: SecretsConfig | undefined;
  /** What every task gets as `ctx.services`, or a function that makes it, called once at the start. */
  readonly services?: TaskServices | (() => TaskServices | Promise<TaskServices>) | undefined;
}

export interface ServerConfig {
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Default 4747; 0 takes any free one. */
  readonly port?: number | undefined;
  /** More host names to answer under. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Address under which people reach it, as behind a proxy. */
  readonly baseUrl?: string | undefined;
}

export interface SecretsConfig {
  /** File of the key that seals secrets. Default `secret.key` in the home. */
  readonly keyPath?: string | undefined;
}

/** Keys of the configuration whose part has not landed. */
const NOT_LANDED = ["hosts"];

const isFunction = (value: unknown) => typeof value === "function";
const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const path = z.string().min(1);
const configSchema = z.strictObject({
  // what a task holds is checked where it is defined, whether it stands in a list or comes from a function
  tasks: z
    .custom<TaskSource>((value) => Array.isArray(value) || isFunction(value), "must be a list of tasks or a function")
    .optional(),
  agents: z
    .array(z.custom<AgentKind>((value) => isObject(value) && "parseConfig" in value, "must be a kind of agent"))
    .optional(),
  store: z
    .strictObject({ sqlite: path.optional(), postgres: path.optional() })
    .refine(({ sqlite, postgres }) => (sqlite === undefined) !== (postgres === undefined), {
      error: "takes either sqlite, the path of a file, or postgres, a connection address",
    })
    .optional(),
  server: z
    .strictObject({
      host: z.string().min(1).optional(),
      port: z.int().min(0).max(65_535).optional(),
      allowedHosts: z.array(z.string().min(1)).optional(),
      baseUrl: z.url({ protocol: /^https?$/ }).optional(),
    })
    .optional(),
  secrets: z.strictObject({ keyPath: path.optional() }).optional(),
  services: z
    .custom<OptioConfig["services"]>((value) => isObject(value) || isFunction(value), "must be an object or a function")
    .optional(),
});

/**
 * Checks a configuration: what `optio.config.ts` exports as its default.
 * @throws `config-refused` naming the key that is unknown or wrong, `not-available` for one whose part has not landed.
 */
export function defineConfig(config: OptioConfig): OptioConfig {
  for (const key of NOT_LANDED) {
    if (isObject(config) && Object.hasOwn(config, key))
      throw new OptioError("not-available", `the key '${key}' is not available in this version; leave it out`, {
        data: { key },
      });
  }
  const parsed = configSchema.safeParse(config);
  if (!parsed.success) throw refusal(parsed.error);
  return config;
}

function refusal(error: z.ZodError): OptioError {
  const [issue] = error.issues;
  const place = issue?.path.map(String).join(".") ?? "";
  if (issue?.code === "unrecognized_keys") {
    const key = [place, issue.keys[0]].filter(Boolean).join(".");
    return new OptioError("config-refused", `unknown key '${key}'`, { data: { key } });
  }
  const words = `${place || "the configuration"}: ${issue?.message ?? "is wrong"}`;
  return new OptioError("config-refused", words, { data: { key: place } });
}
