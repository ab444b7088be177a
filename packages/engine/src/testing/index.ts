export * from "./agent/agent-rig.ts";
export * from "./agent/fact-log.ts";
export * from "./describe-agent-kind.ts";
export * from "./describe-host.ts";
export * from "./describe-store.ts";
export type { PostgresOptions, PostgresServer } from "./postgres/start-postgres.ts";
export { startPostgres } from "./postgres/start-postgres.ts";
