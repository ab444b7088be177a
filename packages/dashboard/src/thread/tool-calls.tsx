import { ChevronRight } from "lucide-react";
import { plural } from "../ui/format.ts";
import { OutputBlock } from "../ui/output-block.tsx";
import { Payload } from "../ui/payload.tsx";
import { itemDurationMs, itemStatus } from "./item-status.ts";
import type { ItemEntry } from "./reduce-thread.ts";
import { StatusMark } from "./status-mark.tsx";
import { useLiveText, useThread } from "./thread-context.ts";
import { toolLine } from "./tool-line.ts";
import { useFold } from "./use-fold.ts";

const SHOWN_OF_MANY = 4;

/** Tool calls that followed each other, one line each; the earlier ones of many fold away. */
export function ToolCalls({ rowKey, entries }: { rowKey: string; entries: readonly ItemEntry[] }) {
  const [isOpen, toggle] = useFold(rowKey);
  const hidden = isOpen || entries.length <= SHOWN_OF_MANY + 1 ? 0 : entries.length - SHOWN_OF_MANY;
  return (
    <ul
      className="overflow-hidden rounded border border-line bg-surface"
      aria-label={plural(entries.length, "tool call")}
    >
      {entries.length > SHOWN_OF_MANY + 1 && (
        <li>
          <button
            type="button"
            className="w-full px-3 py-1 text-left text-sm text-action hover:bg-hover"
            aria-expanded={isOpen}
            onClick={toggle}
          >
            {isOpen ? "Fold earlier tool calls" : `Show ${plural(hidden, "earlier tool call")}`}
          </button>
        </li>
      )}
      {entries.slice(hidden).map((entry) => (
        <li key={entry.key} className="border-line [&+li]:border-t">
          <ToolCall entry={entry} />
        </li>
      ))}
    </ul>
  );
}

function ToolCall({ entry }: { entry: ItemEntry }) {
  const { activeTurnId, waitingItems } = useThread();
  const live = useLiveText(entry);
  const [isOpen, toggle] = useFold(entry.key);
  const reached = itemStatus(entry, activeTurnId);
  const status = reached === "inProgress" && waitingItems.has(entry.item.id) ? "waiting" : reached;
  const line = toolLine(entry.item, status);
  const output = live?.output || line.output;
  return (
    <div data-testid="tool-call" data-status={status}>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={toggle}
        className="flex min-h-8 w-full items-center gap-2 px-3 text-left text-sm hover:bg-hover pointer-coarse:min-h-11"
      >
        <ChevronRight size={14} aria-hidden="true" className={`shrink-0 text-muted ${isOpen ? "rotate-90" : ""}`} />
        <span className="shrink-0 text-muted">{line.verb}</span>
        <code className="min-w-0 flex-1 truncate text-code">{line.subject}</code>
        <StatusMark
          status={status}
          exitCode={line.exitCode}
          durationMs={itemDurationMs(entry.item)}
          startedAt={entry.item.startedAt ?? entry.at}
        />
      </button>
      {isOpen && (
        <div className="flex flex-col gap-2 border-t border-line px-3 py-2">
          {line.payload === undefined ? (
            <>
              <pre className="text-code break-words whitespace-pre-wrap">{line.subject}</pre>
              {line.cwd && <p className="font-mono text-xs break-all text-muted">in {line.cwd}</p>}
              {status !== "waiting" && status !== "declined" && (
                <OutputBlock text={output} isLate={entry.item.joinedLate === true && status === "inProgress"} />
              )}
            </>
          ) : (
            <Payload value={line.payload} />
          )}
        </div>
      )}
    </div>
  );
}
