import { useEffect, useRef, useState } from "react";
import { decisionSubject, decisionTitle } from "../decisions/decision-words.ts";
import type { ThreadState } from "../thread/reduce-thread.ts";
import { announcement } from "./announcement.ts";

/** Reads out what happens: an answer when it is whole, a decision at once. */
export function Announcer({ thread }: { thread: ThreadState }) {
  const since = useRef(thread.lastSeq);
  const [polite, setPolite] = useState("");
  useEffect(() => {
    const text = announcement(thread, since.current);
    since.current = thread.lastSeq;
    if (text !== undefined) setPolite(text);
  }, [thread]);
  const decision = [...thread.pending.values()][0];
  return (
    <>
      <div className="sr-only" aria-live="polite">
        {polite}
      </div>
      <div className="sr-only" aria-live="assertive">
        {decision && `${decisionTitle(decision)} ${decisionSubject(decision)}`}
      </div>
    </>
  );
}
