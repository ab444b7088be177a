import { request } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";

export interface RawRequest {
  readonly method: string;
  /** Sent as it is written: `..` and escapes are not resolved. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const problemSchema = z.object({ code: z.string(), detail: z.string() });

/** Sends a request byte for byte, with any Host, and reads what a refusal says; `code` is empty for an answer that is none. */
export async function sendRaw(server: string, { method, path, headers = {}, body }: RawRequest) {
  const { hostname, port, host } = new URL(server);
  // without its length a body of a GET or DELETE would be read as the next request
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const all = { host, ...length, ...headers };
  const sent = request({ hostname, port, method, path, setHost: false, agent: false, headers: all });
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof readAnswer>>>();
  sent.on("response", (answer) => readAnswer(answer).then(resolve, reject));
  // a refusal may come, and the connection go, before the body is out
  sent.on("error", reject);
  // with a body that is announced but never sent only the headers go out
  if (body === undefined && headers["content-length"] !== undefined) sent.flushHeaders();
  else sent.end(body);
  try {
    return await promise;
  } finally {
    sent.destroy();
  }
}

async function readAnswer(answer: NodeJS.ReadableStream & { statusCode?: number | undefined }) {
  const said = await text(answer);
  const problem = problemSchema.safeParse(parseOrNull(said));
  const { code, detail } = problem.success ? problem.data : { code: "", detail: said };
  return { status: answer.statusCode ?? 0, code, detail };
}

function parseOrNull(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    return null;
  }
}
