import { agentMessageItemSchema, userMessageItemSchema } from "@optio/contract";
import { Bot, Clock } from "lucide-react";
import { Markdown } from "../ui/markdown.tsx";
import { itemStatus } from "./item-status.ts";
import type { ItemEntry } from "./reduce-thread.ts";
import { useLiveText, useThread } from "./thread-context.ts";

/** A message to the agent: a person's, or one of the harness (replies, notices). */
export function UserMessage({ entry }: { entry: ItemEntry }) {
  const parsed = userMessageItemSchema.safeParse(entry.item);
  const parts = parsed.success ? parsed.data.content : [];
  const text = parts.map((part) => part.text ?? `[${part.type}]`).join("\n");
  if (parsed.success && parsed.data.origin === "harness") return <HarnessMessage text={text} />;
  return <PersonMessage text={text} />;
}

function HarnessMessage({ text }: { text: string }) {
  return (
    <div
      data-testid="harness-message"
      className="rounded border border-dashed border-line-strong px-3 py-2 text-sm text-muted"
    >
      <p className="mb-1 flex items-center gap-1 text-xs">
        <Bot size={14} aria-hidden="true" /> Sent by the system
      </p>
      <p className="break-words whitespace-pre-wrap">{text}</p>
    </div>
  );
}

/** What a person wrote; `pending` until the agent has it for certain. */
export function PersonMessage({ text, pending }: { text: string; pending?: string }) {
  return (
    <div data-testid="user-message" data-pending={pending !== undefined} className="rounded bg-action-soft px-3 py-2">
      <p className="sr-only">You</p>
      <p className="break-words whitespace-pre-wrap">{text}</p>
      {pending && (
        <p className="mt-1 flex items-center gap-1 text-xs text-muted">
          <Clock size={12} aria-hidden="true" /> {pending}
        </p>
      )}
    </div>
  );
}

/** What the agent says, while it says it and after. */
export function AgentMessage({ entry }: { entry: ItemEntry }) {
  const { activeTurnId } = useThread();
  const live = useLiveText(entry);
  const status = itemStatus(entry, activeTurnId);
  const parsed = agentMessageItemSchema.safeParse(entry.item);
  const final = parsed.success ? parsed.data.text : "";
  const isOpen = entry.item.status === "inProgress";
  const text = isOpen ? live?.text || final : final;
  const isLate = isOpen && entry.item.joinedLate === true;
  return (
    <div data-testid="agent-message" data-status={status}>
      {isLate && (
        <p className="text-muted" title="The beginning comes with the whole text at the end">
          …
        </p>
      )}
      {text ? <Markdown text={text} isStreaming={status === "inProgress"} /> : status === "inProgress" && <Thinking />}
      {status === "interrupted" && <p className="mt-1 text-xs text-bad">Interrupted here</p>}
      {status === "failed" && <p className="mt-1 text-xs text-bad">Failed here</p>}
    </div>
  );
}

function Thinking() {
  return <span className="breathe inline-block h-4 w-2 bg-muted align-text-bottom" aria-hidden="true" />;
}
