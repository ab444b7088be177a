import type { MessageMode } from "@optio/contract";
import { useCallback, useRef, useState } from "react";
import { sendMessage } from "../api/calls.ts";
import { hasCode } from "../api/describe-error.ts";

/** A message that left the composer and was not seen in the transcript or the queue yet. */
export interface Outgoing {
  readonly key: string;
  readonly text: string;
  /** Known once the server took it. */
  readonly messageId: string | undefined;
}

/** A send that failed: its text is back in the composer. */
export interface FailedSend {
  readonly key: string;
  readonly text: string;
  readonly mode: MessageMode;
  readonly error: unknown;
}

export interface Outbox {
  readonly outgoing: readonly Outgoing[];
  readonly failed: FailedSend | undefined;
  /** Sends; resolves to false when it failed. A repeat of the failed text uses the same Idempotency-Key, so it cannot arrive twice. */
  readonly send: (text: string, mode: "auto" | "steer") => Promise<boolean>;
}

/** Messages on their way to one session. */
export function useOutbox(sessionId: string): Outbox {
  const [outgoing, setOutgoing] = useState<readonly Outgoing[]>([]);
  const [failed, setFailed] = useState<FailedSend | undefined>();
  const lastFailed = useRef<FailedSend | undefined>(undefined);
  const send = useCallback(
    async (text: string, mode: "auto" | "steer") => {
      const again = lastFailed.current;
      const key = again?.text === text && again.mode === mode ? again.key : crypto.randomUUID();
      setFailed(undefined);
      lastFailed.current = undefined;
      setOutgoing((all) => [...all, { key, text, messageId: undefined }]);
      try {
        const { messageId } = await sendOrStart(sessionId, text, mode, key);
        setOutgoing((all) => all.map((one) => (one.key === key ? { ...one, messageId } : one)));
        return true;
      } catch (error) {
        lastFailed.current = { key, text, mode, error };
        setFailed(lastFailed.current);
        setOutgoing((all) => all.filter((one) => one.key !== key));
        return false;
      }
    },
    [sessionId],
  );
  return { outgoing, failed, send };
}

/** A steer that comes after the turn's end starts the next one instead. */
async function sendOrStart(sessionId: string, text: string, mode: "auto" | "steer", key: string) {
  try {
    return await sendMessage(sessionId, { text, mode, idempotencyKey: key });
  } catch (error) {
    if (mode !== "steer" || !hasCode(error, "no-active-turn")) throw error;
    return sendMessage(sessionId, { text, mode: "auto", idempotencyKey: `${key}-auto` });
  }
}

/** Messages to show as on their way: neither in the transcript nor in the queue. */
export function stillOutgoing(
  outgoing: readonly Outgoing[],
  seen: ReadonlySet<string>,
  queued: readonly { readonly messageId: string }[],
): Outgoing[] {
  return outgoing.filter(
    ({ messageId }) =>
      messageId === undefined || (!seen.has(messageId) && !queued.some((message) => message.messageId === messageId)),
  );
}
