import { OptioError } from "@optio/contract";
import { newId } from "../kernel/random.ts";
import { toJsonValue } from "./context-json.ts";
import type { ContextWrites } from "./context-writes.ts";
import type { ProcessContext } from "./task.ts";

const MAX_URL_CHARS = 4_096;
const MAX_REASON_CHARS = 4_096;
const MAX_KEYWORD_CHARS = 128;
const MAX_DATA_BYTES = 64 * 1024;

/** What a run asks of the people and programs that watch it; each request is an event of that run with an id of its own. */
export type RunRequests = Pick<ProcessContext, "requestBrowser" | "needAttention" | "messageClient">;

/** The requests of a run. */
export function createRequests(writes: Pick<ContextWrites, "write">): RunRequests {
  return {
    async requestBrowser(url) {
      requireUrl(url);
      const requestId = newId("req");
      await writes.write((tx) => tx.append({ type: "browser.requested", requestId, url }));
      return requestId;
    },
    async needAttention(reason) {
      requireText(reason, "reason", MAX_REASON_CHARS);
      const requestId = newId("req");
      await writes.write((tx) => tx.append({ type: "attention.requested", requestId, reason }));
      return requestId;
    },
    async messageClient(keyword, data) {
      requireText(keyword, "keyword", MAX_KEYWORD_CHARS);
      const sent = toJsonValue(data ?? null, `data of '${keyword}'`, MAX_DATA_BYTES);
      const requestId = newId("req");
      await writes.write((tx) => tx.append({ type: "message.client", requestId, keyword, data: sent }));
      return requestId;
    },
  };
}

/** A browser opens it for whoever watches: nothing but a web page. */
function requireUrl(url: string): void {
  requireText(url, "url", MAX_URL_CHARS);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  // the parser drops blanks and control characters, whoever opens the address may not
  if (parsed && ["http:", "https:"].includes(parsed.protocol) && !/[\s\p{Cc}]/u.test(url)) return;
  throw new OptioError("invalid", `url: ${JSON.stringify(url.slice(0, 80))} is not an http or https address`);
}

function requireText(text: string, what: string, maxChars: number): void {
  if (typeof text !== "string" || text.trim() === "") throw new OptioError("invalid", `${what}: it is empty`);
  if (text.length > maxChars) {
    throw new OptioError("invalid", `${what}: it has ${text.length} characters, ${maxChars} are the most`);
  }
}
