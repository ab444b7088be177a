import type { AgentKind } from "./agent/agent-kind.ts";
import type { Host } from "./host/host.ts";
import type { Clock } from "./kernel/clock.ts";
import type { Logger } from "./kernel/logger.ts";
import type { TaskSource } from "./process/definitions/definitions.ts";
import type { ProcessTimings } from "./process/processes.ts";
import type { RetentionLimits } from "./process/retention.ts";
import type { TaskServices } from "./process/task.ts";
import type { SessionTimings } from "./session/session-work.ts";
import type { StoreLocation } from "./store/open-store.ts";
import type { Store } from "./store/store.ts";

/** What an engine is made of; everything has a default. */
export interface EngineOptions {
  /** Default: none, so no sessions. */
  readonly agents?: readonly AgentKind[];
  /** Tasks of the program, launched by their ids: a list, or a function that is called at the start and with every resync. */
  readonly tasks?: TaskSource;
  /** What every task gets as `ctx.services`. */
  readonly services?: TaskServices;
  /** Directory of all state; default `defaultHome()`. */
  readonly home?: string;
  /** Where the records are; default SQLite in `<home>/optio.db`. A store that is given open stays open at `close`. */
  readonly store?: Store | StoreLocation;
  /** File of the key that seals secrets; made when missing. Default `<home>/secret.key`. */
  readonly secretKeyPath?: string;
  readonly host?: Host;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly processTimings?: Partial<ProcessTimings>;
  readonly sessionTimings?: Partial<SessionTimings>;
  /** From the start to the resume of what the last shutdown stopped; default 300 000. */
  readonly autoResumeDelayMs?: number;
  /** How much of the past is kept. */
  readonly retention?: Partial<RetentionLimits>;
}
