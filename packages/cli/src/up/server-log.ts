import { renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "@optio/engine";
import { createLogger } from "@optio/engine";
import type { CliContext } from "../context.ts";
import { printable, styleFor } from "../render/style.ts";

const MIB = 1024 * 1024;
const MAX_LOG_BYTES = 16 * MIB;

/** Where the server's log lines go. */
export interface ServerLog {
  readonly logger: Logger;
  /** The file, or undefined when they go to standard error. */
  readonly path: string | undefined;
}

/**
 * On a terminal JSON lines go to `server.log` in the home, and warnings to the terminal as words; elsewhere, as under systemd or in a
 * container, all lines go to standard error as JSON. A file of more than 16 MB is set aside as `server.log.1` at start.
 */
export function openServerLog(context: CliContext, home: string): ServerLog {
  if (context.stderr.isTTY !== true) return { logger: createLogger(), path: undefined };
  const path = join(home, "server.log");
  setAside(path);
  return { logger: withWarnings(createLogger({ file: path }), context), path };
}

function setAside(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > MAX_LOG_BYTES) renameSync(path, `${path}.1`);
}

function withWarnings(logger: Logger, context: CliContext): Logger {
  const style = styleFor(context, context.stderr);
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => {
      logger.warn(fields, message);
      context.stderr.write(`${style.yellow("warning:")} ${printable(message)}${style.dim(wordsOf(fields))}\n`);
    },
    error: (fields, message) => {
      logger.error(fields, message);
      context.stderr.write(`${style.red("error:")} ${printable(message)}${style.dim(wordsOf(fields))}\n`);
    },
    child: (fields) => withWarnings(logger.child(fields), context),
  };
}

function wordsOf(fields: Readonly<Record<string, unknown>>): string {
  const words = ["processId", "error", "cause"].flatMap((name) => {
    const value = fields[name];
    return typeof value === "string" && value !== "" ? [printable(value)] : [];
  });
  return words.length > 0 ? ` (${words.join(": ")})` : "";
}
