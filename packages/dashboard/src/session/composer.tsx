import { CornerDownLeft, Square, Zap } from "lucide-react";
import type { KeyboardEvent, RefObject } from "react";
import { useLayoutEffect, useRef } from "react";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { composerAction } from "./composer-key.ts";
import { useDraft } from "./use-draft.ts";
import type { Outbox } from "./use-outbox.ts";

interface ComposerProps {
  readonly sessionId: string;
  readonly outbox: Outbox;
  readonly isBusy: boolean;
  /** What a message does now, when that is not plain: for example that it waits for the login. */
  readonly hint: string | undefined;
  readonly onInterrupt: () => void;
  readonly isInterrupting: boolean;
}

/** One box to talk to the agent: send, queue, steer, interrupt. */
export function Composer({ sessionId, outbox, isBusy, hint, onInterrupt, isInterrupting }: ComposerProps) {
  const [text, setText] = useDraft(sessionId);
  const field = useRef<HTMLTextAreaElement>(null);
  useGrow(field, text);
  const send = async (mode: "auto" | "steer") => {
    if (text.trim() === "") return;
    setText("");
    // what was typed meanwhile stays below what comes back
    if (!(await outbox.send(text, mode))) setText((typed) => (typed ? `${text}\n${typed}` : text));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const { key, shiftKey, ctrlKey, metaKey, nativeEvent } = event;
    const action = composerAction({ key, shiftKey, ctrlKey, metaKey, isComposing: nativeEvent.isComposing }, isBusy);
    if (action === undefined) return;
    event.preventDefault();
    if (action === "interrupt") onInterrupt();
    else void send(action === "steer" ? "steer" : "auto");
  };
  const isEmpty = text.trim() === "";
  return (
    <form
      aria-label="Message"
      onSubmit={(event) => {
        event.preventDefault();
        void send("auto");
      }}
    >
      {outbox.failed && <ErrorNote error={outbox.failed.error} className="mb-2" />}
      <div className="rounded border border-line-strong bg-surface focus-within:border-action">
        <textarea
          ref={field}
          id="composer"
          rows={1}
          value={text}
          aria-label="Message to the agent"
          placeholder={isBusy ? "Queue a message for the next turn…" : "Message the agent…"}
          className="block max-h-60 w-full resize-none bg-transparent px-3 pt-2 placeholder:text-muted focus:outline-none"
          onChange={(event) => setText(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <div className="flex flex-wrap items-center gap-2 p-2">
          <p className="min-w-0 flex-1 truncate text-xs text-muted max-sm:hidden">{hint ?? keyHint(isBusy)}</p>
          {hint && <p className="w-full text-xs text-muted sm:hidden">{hint}</p>}
          <span className="ml-auto flex gap-2">
            {isBusy && (
              <Button look="danger" hotkey="Esc" disabled={isInterrupting} onClick={onInterrupt}>
                <Square size={12} aria-hidden="true" /> {isInterrupting ? "Interrupting…" : "Interrupt"}
              </Button>
            )}
            {isBusy && (
              <Button disabled={isEmpty} onClick={() => void send("steer")} title="Into the running turn (Ctrl+Enter)">
                <Zap size={14} aria-hidden="true" /> Steer
              </Button>
            )}
            <Button type="submit" look="primary" disabled={isEmpty}>
              <CornerDownLeft size={14} aria-hidden="true" /> {isBusy ? "Queue" : "Send"}
            </Button>
          </span>
        </div>
      </div>
    </form>
  );
}

function keyHint(isBusy: boolean): string {
  return isBusy ? "Enter queues · Ctrl+Enter steers · Esc interrupts" : "Enter sends · Shift+Enter for a new line";
}

function useGrow(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const element = field.current;
    if (!element || text.length < 0) return;
    element.style.height = "auto";
    element.style.height = `${element.scrollHeight}px`;
  }, [field, text]);
}
