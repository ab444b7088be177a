import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, zstdDecompress } from "node:zlib";
import { z } from "zod";

const MAX_BODY_BYTES = 128 * 1024 * 1024;

/** A tool that codex offers; `namespace` is set for nested ones. */
export type OfferedTool = {
  name: string;
  kind: "function" | "custom";
  namespace: string | undefined;
};

/** One call of the Responses API, read from codex's request. */
export type ModelRequest = {
  threadId: string;
  turnId: string;
  /** `turn`, or what else codex wants from a model: `compaction`, … */
  kind: string;
  /** Who made the thread: undefined or `user` for a person's, `thread_title` for codex's own. */
  source: string | undefined;
  model: string;
  input: readonly unknown[];
  tools: OfferedTool[];
  bodyBytes: number;
};

/** A request as tests see it; credentials are left out. */
export type RecordedRequest = ModelRequest & {
  at: string;
  path: string;
  headers: Record<string, string>;
};

/** A request this server cannot serve, with the HTTP status to answer. */
export class RequestProblem extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Reads and unpacks the body (zstd, gzip, deflate, br or plain JSON) and finds thread and turn in it.
 * @throws RequestProblem 413 above 128 MiB packed or unpacked, 415 for another encoding, 400 for a body that is no Responses request.
 */
export async function readModelRequest(request: IncomingMessage): Promise<ModelRequest> {
  const body = await readBody(request);
  const parsed = bodySchema.safeParse(parseJson(body));
  if (!parsed.success) throw new RequestProblem(400, `not a Responses request: ${z.prettifyError(parsed.error)}`);
  const { client_metadata: client, model, input, tools } = parsed.data;
  const turn = turnMetadata(headerText(request, "x-codex-turn-metadata") ?? client?.["x-codex-turn-metadata"]);
  return {
    threadId:
      headerText(request, "thread-id") ?? turn.thread_id ?? client?.thread_id ?? parsed.data.prompt_cache_key ?? "",
    turnId: turn.turn_id ?? client?.turn_id ?? "",
    kind: turn.request_kind ?? "turn",
    source: turn.thread_source,
    model,
    input,
    tools: [...tools, ...input.flatMap(additionalTools)].flatMap((tool) => offeredTools(tool)),
    bodyBytes: body.length,
  };
}

/** The headers of a request without those that carry a login. */
export function headersWithoutLogin(request: IncomingMessage): Record<string, string> {
  const kept = Object.entries(request.headers).filter(([name]) => !/^(authorization|cookie)$|token|api-key/.test(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.length;
    if (sizeBytes > MAX_BODY_BYTES) throw new RequestProblem(413, `body exceeds ${MAX_BODY_BYTES} bytes`);
    chunks.push(bytes);
  }
  const encoding = headerText(request, "content-encoding") ?? "identity";
  const packed = Buffer.concat(chunks);
  if (encoding === "identity") return packed;
  const unpack = UNPACK[encoding];
  if (!unpack) throw new RequestProblem(415, `content-encoding ${encoding}; zstd, gzip, deflate or br`);
  return unpack(packed, { maxOutputLength: MAX_BODY_BYTES }).catch((error: unknown) => {
    throw new RequestProblem(400, `cannot unpack ${encoding}: ${String(error)}`);
  });
}

const UNPACK: Record<string, (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = {
  zstd: promisify(zstdDecompress),
  gzip: promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

function headerText(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw new RequestProblem(400, `body is not JSON: ${String(error)}`);
  }
}

const bodySchema = z.looseObject({
  model: z.string(),
  input: z.array(z.unknown()),
  tools: z.array(z.unknown()).default([]),
  prompt_cache_key: z.string().optional(),
  client_metadata: z
    .looseObject({
      thread_id: z.string().optional(),
      turn_id: z.string().optional(),
      "x-codex-turn-metadata": z.string().optional(),
    })
    .optional(),
});

const turnMetadataSchema = z.looseObject({
  thread_id: z.string().optional(),
  turn_id: z.string().optional(),
  request_kind: z.string().optional(),
  thread_source: z.string().optional(),
});

function turnMetadata(text: string | undefined): z.infer<typeof turnMetadataSchema> {
  if (text === undefined) return {};
  const parsed = turnMetadataSchema.safeParse(parseJson(Buffer.from(text)));
  return parsed.success ? parsed.data : {};
}

const additionalToolsSchema = z.object({
  type: z.literal("additional_tools"),
  tools: z.array(z.unknown()),
});

function additionalTools(item: unknown): unknown[] {
  const parsed = additionalToolsSchema.safeParse(item);
  return parsed.success ? parsed.data.tools : [];
}

const toolSchema = z.object({
  type: z.string(),
  name: z.string(),
  tools: z.array(z.unknown()).optional(),
});

function offeredTools(tool: unknown, namespace?: string): OfferedTool[] {
  const parsed = toolSchema.safeParse(tool);
  if (!parsed.success) return [];
  const { type, name, tools } = parsed.data;
  if (type === "namespace") return (tools ?? []).flatMap((nested) => offeredTools(nested, name));
  return type === "function" || type === "custom" ? [{ name, kind: type, namespace }] : [];
}
