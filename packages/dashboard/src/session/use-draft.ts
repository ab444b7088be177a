import { useEffect, useState } from "react";

/** The unsent text of a session's composer, kept for the life of the tab. */
export function useDraft(sessionId: string) {
  const storageKey = `optio.draft.${sessionId}`;
  const [text, setText] = useState(() => read(storageKey));
  useEffect(() => {
    try {
      if (text) sessionStorage.setItem(storageKey, text);
      else sessionStorage.removeItem(storageKey);
    } catch {
      // storage is closed to us: the draft lasts as long as the page
    }
  }, [storageKey, text]);
  return [text, setText] as const;
}

function read(storageKey: string): string {
  try {
    return sessionStorage.getItem(storageKey) ?? "";
  } catch {
    return "";
  }
}
