import { fileChangeItemSchema, reasoningItemSchema } from "@optio/contract";
import { Brain, ChevronRight, ListChecks } from "lucide-react";
import { FileChanges } from "../ui/diff/file-changes.tsx";
import { firstLine } from "../ui/format.ts";
import { Markdown } from "../ui/markdown.tsx";
import { Payload } from "../ui/payload.tsx";
import { itemDurationMs, itemStatus } from "./item-status.ts";
import { AgentMessage, UserMessage } from "./message-rows.tsx";
import type { ItemEntry } from "./reduce-thread.ts";
import { StatusMark } from "./status-mark.tsx";
import { useLiveText, useThread } from "./thread-context.ts";
import { useFold } from "./use-fold.ts";

/** One item that is no tool call. */
export function ItemRow({ entry }: { entry: ItemEntry }) {
  switch (entry.item.kind) {
    case "userMessage":
      return <UserMessage entry={entry} />;
    case "agentMessage":
      return <AgentMessage entry={entry} />;
    case "reasoning":
      return <Reasoning entry={entry} />;
    case "fileChange":
      return <FileChangeRow entry={entry} />;
    case "plan":
      return <PlanItem entry={entry} />;
    case "contextCompaction":
      return <p className="text-sm text-muted">The agent summed up the thread to make room.</p>;
    default:
      return <UnknownItem entry={entry} />;
  }
}

function Reasoning({ entry }: { entry: ItemEntry }) {
  const { activeTurnId } = useThread();
  const live = useLiveText(entry);
  const [isOpen, toggle] = useFold(entry.key);
  const parsed = reasoningItemSchema.safeParse(entry.item);
  const final = parsed.success ? parsed.data.summary.join("\n\n") : "";
  const text = live?.reasoning || final;
  const isThinking = itemStatus(entry, activeTurnId) === "inProgress";
  if (text === "" && !isThinking) return null;
  return (
    <div data-testid="reasoning" className="text-sm text-muted">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={toggle}
        className="flex max-w-full items-center gap-2 rounded hover:text-text pointer-coarse:min-h-11"
      >
        <Brain size={14} aria-hidden="true" className={`shrink-0 ${isThinking ? "breathe" : ""}`} />
        <span className="shrink-0">{isThinking ? "Reasoning" : "Reasoned"}</span>
        {!isOpen && <span className="truncate">{firstLine(text.replaceAll("**", ""), 90)}</span>}
        <ChevronRight size={14} aria-hidden="true" className={`shrink-0 ${isOpen ? "rotate-90" : ""}`} />
      </button>
      {isOpen && (
        <div className="mt-1 border-l-2 border-line pl-3">
          <Markdown text={text} isStreaming={isThinking} />
        </div>
      )}
    </div>
  );
}

function FileChangeRow({ entry }: { entry: ItemEntry }) {
  const { activeTurnId, waitingItems, workspace } = useThread();
  const parsed = fileChangeItemSchema.safeParse(entry.item);
  if (!parsed.success) return <UnknownItem entry={entry} />;
  const status = itemStatus(entry, activeTurnId);
  const changes = parsed.data.changes.map(({ path, kind, diff }) => ({ path, diff, type: kind.type }));
  return (
    <div data-testid="file-change" data-status={status} className="flex flex-col gap-1">
      <FileChanges changes={changes} directory={workspace} {...(status === "completed" ? {} : { verb: "Change to" })} />
      {status !== "completed" && (
        <StatusMark
          status={status === "inProgress" && waitingItems.has(entry.item.id) ? "waiting" : status}
          exitCode={undefined}
          durationMs={itemDurationMs(entry.item)}
          startedAt={entry.item.startedAt}
        />
      )}
    </div>
  );
}

function PlanItem({ entry }: { entry: ItemEntry }) {
  const live = useLiveText(entry);
  const text = live?.text || (typeof entry.item.text === "string" ? entry.item.text : "");
  return (
    <div className="rounded border border-line bg-surface px-3 py-2">
      <p className="mb-1 flex items-center gap-2 text-sm text-muted">
        <ListChecks size={14} aria-hidden="true" /> Plan
      </p>
      <Markdown text={text} isStreaming={entry.item.status === "inProgress"} />
    </div>
  );
}

/** Shown with its payload: an item is never dropped. */
function UnknownItem({ entry }: { entry: ItemEntry }) {
  const [isOpen, toggle] = useFold(entry.key);
  return (
    <div data-testid="unknown-item" className="text-sm text-muted">
      <button type="button" aria-expanded={isOpen} onClick={toggle} className="flex items-center gap-2 hover:text-text">
        <ChevronRight size={14} aria-hidden="true" className={isOpen ? "rotate-90" : ""} />
        Item of kind <code className="text-code">{entry.item.kind}</code>
      </button>
      {isOpen && <Payload value={entry.item} />}
    </div>
  );
}
