export type { AgentKind } from "./agent/agent-kind.ts";
export { createEngine, type EngineOptions } from "./create-engine.ts";
export { defaultHome } from "./default-home.ts";
export type { OptioConfig, SecretsConfig, ServerConfig } from "./define-config.ts";
export { defineConfig } from "./define-config.ts";
export type {
  Actor,
  AgentInfo,
  Engine,
  EngineBlocks,
  EngineDecisions,
  EngineGroups,
  EngineProcesses,
  EngineSessions,
  FeedPiece,
  GroupOutcome,
  LaunchBlock,
  MessageInput,
  ResyncOutcome,
  SentMessage,
  StreamPiece,
} from "./engine.ts";
export { waitOrAbort } from "./kernel/abort.ts";
export type { Clock } from "./kernel/clock.ts";
export { systemClock, toInstant } from "./kernel/clock.ts";
export type { Logger } from "./kernel/logger.ts";
export { createLogger, silentLogger } from "./kernel/logger.ts";
export { newId } from "./kernel/random.ts";
export { Serial } from "./kernel/serial.ts";
export type { TaskSource } from "./process/definitions/definitions.ts";
export type { Aggregate } from "./process/progress/aggregate.ts";
export { average, mapped, sequential } from "./process/progress/aggregate.ts";
export { reportChildren } from "./process/progress/report-children.ts";
export type { ProcessContext, TaskDefinition, TaskSchedule, TaskServices } from "./process/task.ts";
export { defineTask } from "./process/task.ts";
export { seal, unseal } from "./secrets/seal.ts";
export type { SecretKey } from "./secrets/secret-key.ts";
export { openSecretKey } from "./secrets/secret-key.ts";
export { hashToken, newToken } from "./secrets/token.ts";
export type { Session } from "./session/session-handle.ts";
export { openStore } from "./store/open-store.ts";
export type { IdempotencyStore, Page, Store, StoredToken, TokenStore } from "./store/store.ts";
