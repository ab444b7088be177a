import type { QueuedMessage } from "@optio/contract";
import { useMutation } from "@tanstack/react-query";
import { Check, Pencil, Trash2, X } from "lucide-react";
import { useState } from "react";
import { dropQueued, editQueued } from "../api/calls.ts";
import { IconButton } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { firstLine } from "../ui/format.ts";

interface QueueProps {
  readonly sessionId: string;
  readonly queue: readonly QueuedMessage[];
  readonly mayEdit: boolean;
}

/** Messages that wait for their turn, in order; each can be changed or dropped until it is sent. */
export function QueueChips({ sessionId, queue, mayEdit }: QueueProps) {
  const [error, setError] = useState<unknown>();
  if (queue.length === 0 && error === undefined) return null;
  return (
    <section aria-label="Queue" className="mb-2">
      {error !== undefined && <ErrorNote error={error} className="mb-1" />}
      <ol className="flex max-h-40 flex-col gap-1 overflow-auto">
        {queue.map((message) => (
          <li key={message.messageId}>
            <Chip sessionId={sessionId} message={message} mayEdit={mayEdit} onError={setError} />
          </li>
        ))}
      </ol>
    </section>
  );
}

interface ChipProps {
  readonly sessionId: string;
  readonly message: QueuedMessage;
  readonly mayEdit: boolean;
  readonly onError: (error: unknown) => void;
}

function Chip({ sessionId, message, mayEdit, onError }: ChipProps) {
  const [draft, setDraft] = useState<string | undefined>();
  const outcome = { onError, onSuccess: () => onError(undefined) };
  const edit = useMutation({
    mutationFn: (text: string) => editQueued(sessionId, message.messageId, text),
    ...outcome,
  });
  const drop = useMutation({ mutationFn: () => dropQueued(sessionId, message.messageId), ...outcome });
  const save = () => {
    if (draft === undefined || draft.trim() === "") return;
    if (draft !== message.text) edit.mutate(draft);
    setDraft(undefined);
  };
  const isOurs = mayEdit && message.origin === "person" && message.state === "queued";
  return (
    <div
      data-testid="queue-chip"
      className="flex min-h-8 items-center gap-2 rounded border border-line bg-sunken pl-3 text-sm"
    >
      <span className="shrink-0 text-xs text-muted">{message.state === "sending" ? "Sending" : "Queued"}</span>
      {draft === undefined ? (
        <span className="min-w-0 flex-1 truncate" title={message.text}>
          {edit.isPending ? firstLine(edit.variables) : firstLine(message.text)}
        </span>
      ) : (
        <textarea
          aria-label="Text of the queued message"
          // biome-ignore lint/a11y/noAutofocus: the reader asked to edit this
          autoFocus
          rows={Math.min(6, draft.split("\n").length)}
          className="my-1 min-w-0 flex-1 resize-none rounded border border-line bg-surface px-2"
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") setDraft(undefined);
            if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            save();
          }}
        />
      )}
      {isOurs && draft === undefined && (
        <span className="flex">
          <IconButton label="Edit queued message" onClick={() => setDraft(message.text)}>
            <Pencil size={14} />
          </IconButton>
          <IconButton label="Delete queued message" disabled={drop.isPending} onClick={() => drop.mutate()}>
            <Trash2 size={14} />
          </IconButton>
        </span>
      )}
      {draft !== undefined && (
        <span className="flex">
          <IconButton label="Save queued message" onClick={save}>
            <Check size={14} />
          </IconButton>
          <IconButton label="Keep it as it was" onClick={() => setDraft(undefined)}>
            <X size={14} />
          </IconButton>
        </span>
      )}
    </div>
  );
}
