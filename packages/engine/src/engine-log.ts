import type { LogLine } from "@optio/contract";
import { OptioError } from "@optio/contract";
import type { EngineProcesses, LogQuery } from "./engine.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Page } from "./store/store.ts";

/** The verbs on the log of a process. */
export function createLogVerbs(parts: Pick<EngineParts, "processes" | "services">): Pick<EngineProcesses, "log"> {
  return {
    async log(id, query) {
      await parts.processes.read(id);
      return readPage(parts, id, query);
    },
  };
}

async function readPage(
  parts: Pick<EngineParts, "services">,
  id: string,
  query: LogQuery & { limit: number },
): Promise<Page<LogLine>> {
  const { cursor, ...rest } = query;
  const place = cursor === undefined ? {} : { [query.before === undefined ? "after" : "before"]: toPlace(cursor) };
  const page = await parts.services.store.logs.list(id, { ...rest, ...place });
  return { items: page.items, next: page.more ? String(page.reached) : null };
}

function toPlace(cursor: string): number {
  const place = Number(cursor);
  if (/^\d{1,15}$/.test(cursor)) return place;
  throw new OptioError("invalid", `cursor: '${cursor.slice(0, 80)}' is not the \`next\` of an earlier page`);
}
