import { randomUUID } from "node:crypto";
import type { ErrorCode, Problem } from "@optio/contract";
import { BODY_LIMIT_BYTES, errorEntry, OptioError } from "@optio/contract";
import type { Logger } from "@optio/engine";
import type { FastifyReply, FastifyRequest } from "fastify";

const MIB = 1024 * 1024;
const KIB = 1024;

const RAW_REFUSALS: Readonly<Record<string, readonly [code: ErrorCode, status: number, title: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ["timeout", 408, "Request Timeout"],
  HPE_HEADER_OVERFLOW: ["too-large", 431, "Request Header Fields Too Large"],
};

/** The content type of every error answer. */
export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

/**
 * The error as an RFC 9457 problem document. A fault of ours keeps its words to itself: they are logged under an id
 * that the document names.
 */
export function toProblem(error: OptioError, logger: Logger): Problem {
  return problemOf(error, error.code === "internal" ? hideDetail(error, logger) : error.message);
}

/** Answers with the problem document of what was thrown. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, thrown: unknown, logger: Logger): void {
  const error = translate(thrown, request);
  if (error.status >= 500 && error.code !== "internal" && error.code !== "not-available")
    logger.error({ code: error.code, path: pathOf(request), cause: String(error.cause ?? "") }, error.message);
  if (error.status === 401) void reply.header("www-authenticate", "Bearer");
  const retryAfter = error.data?.retryAfterSeconds;
  if (typeof retryAfter === "number") void reply.header("retry-after", String(retryAfter));
  void reply
    .code(error.status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(toProblem(error, logger)));
}

/** The whole answer, as bytes, to what the HTTP parser refused with this code of its own. */
export function rawProblem(parserCode: string): string {
  const [code, status, title] = RAW_REFUSALS[parserCode] ?? ["bad-request", 400, "Bad Request"];
  const detail = `not readable as HTTP: ${parserCode}`;
  const body = JSON.stringify(problemOf(new OptioError(code, detail, { status }), detail));
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  return `${head.join("\r\n")}\r\n\r\n${body}`;
}

/** The path of a request without its query, which may hold a login code. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}

function problemOf(error: OptioError, detail: string): Problem {
  const entry = errorEntry(error.code);
  return {
    type: `/docs/errors#${entry.code}`,
    title: entry.when,
    status: error.status,
    detail,
    code: entry.code,
    next: entry.next,
    retryable: error.retryable,
    ...(error.data && error.code !== "internal" ? { data: error.data } : {}),
  };
}

function hideDetail(error: OptioError, logger: Logger): string {
  const errorId = randomUUID();
  const origin = error.cause instanceof Error ? error.cause : error;
  logger.error({ errorId, stack: origin.stack ?? String(origin) }, "a request failed by a fault of ours");
  return `a fault of ours; the server's log has it under ${errorId}`;
}

function translate(thrown: unknown, request: FastifyRequest): OptioError {
  if (thrown instanceof OptioError) return thrown;
  if (!(thrown instanceof Error)) return new OptioError("internal", String(thrown));
  const status = "statusCode" in thrown ? thrown.statusCode : undefined;
  if (status === 413) return tooLarge(request);
  // Fastify's own refusals of a request (content type, length, encoding) carry a status below 500
  if (typeof status === "number" && status < 500) return new OptioError("bad-request", wordsOf(thrown, request));
  return new OptioError("internal", thrown.message, { cause: thrown });
}

function tooLarge(request: FastifyRequest): OptioError {
  const limit = request.routeOptions.bodyLimit ?? BODY_LIMIT_BYTES;
  const words = limit >= MIB ? `${limit / MIB} MB` : `${limit / KIB} KB`;
  return new OptioError("too-large", `the body is larger than the limit of ${words} (${limit} bytes)`, {
    data: { limitBytes: limit },
  });
}

function wordsOf(error: Error, request: FastifyRequest): string {
  const type = request.headers["content-type"];
  if ("code" in error && error.code === "FST_ERR_CTP_INVALID_MEDIA_TYPE")
    return `the body's content type is ${type === undefined ? "missing" : `'${type.slice(0, 100)}'`}; send application/json`;
  return error.message;
}
