import { pino } from "pino";

/** Writes diagnostic lines. Contract: never given a secret; `fields` are flat. */
export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
  child(fields: Readonly<Record<string, unknown>>): Logger;
}

/** A logger of JSON lines on standard error; fields named like secrets are redacted. */
export function createLogger(options: { level?: string } = {}): Logger {
  return pino(
    {
      level: options.level ?? "info",
      redact: ["apiKey", "token", "authorization", "*.apiKey", "*.token", "*.authorization"],
    },
    pino.destination({ fd: 2, sync: true }),
  );
}

/** A logger that drops everything. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
