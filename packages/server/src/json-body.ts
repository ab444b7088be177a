import { OptioError } from "@optio/contract";
import type { FastifyInstance } from "fastify";

/** Deepest nesting of arrays and objects in a body; deeper ones overflow the stack of whoever walks them. */
export const MAX_BODY_DEPTH = 64;

/**
 * Makes JSON the only content type: strict UTF-8, no keys that reach a prototype, bounded depth. A missing or empty
 * body is `undefined`. Refusals are `bad-request`.
 */
export function acceptJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, bytes, done) => {
    if (bytes.length === 0) return done(null, undefined);
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(
        typeof bytes === "string" ? Buffer.from(bytes) : bytes,
      );
      parse(request, text, (error, value) => {
        if (error) return done(new OptioError("bad-request", `the body is not valid JSON: ${error.message}`));
        if (isDeeperThan(value, MAX_BODY_DEPTH))
          return done(new OptioError("bad-request", `the body nests deeper than ${MAX_BODY_DEPTH} levels`));
        done(null, value);
      });
    } catch {
      done(new OptioError("bad-request", "the body is not valid UTF-8"));
    }
  });
}

function isDeeperThan(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((node) => (typeof node === "object" && node !== null ? Object.values(node) : []));
  }
  return false;
}
