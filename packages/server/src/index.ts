export type { EnsuredToken, TokenOptions } from "./auth/tokens.ts";
export { createLoginCode, createToken, ensureAdminToken } from "./auth/tokens.ts";
export type { OptioServer, ServerOptions } from "./build-server.ts";
export { buildServer } from "./build-server.ts";
export { buildOpenApi } from "./openapi.ts";
export type { ServedEngine } from "./routes/handlers.ts";
