export type {
  Actor,
  AgentInfo,
  Engine,
  EngineDecisions,
  EngineProcesses,
  EngineSessions,
  FeedPiece,
  MessageInput,
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
export { seal, unseal } from "./secrets/seal.ts";
export type { SecretKey } from "./secrets/secret-key.ts";
export { openSecretKey } from "./secrets/secret-key.ts";
export { hashToken, newToken } from "./secrets/token.ts";
export { openStore } from "./store/open-store.ts";
export type { IdempotencyStore, Page, Store, StoredToken, TokenStore } from "./store/store.ts";
