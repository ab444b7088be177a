import type { ProcessState, ProcessSummary } from "@optio/contract";
import { Ban, Check, CircleDashed, CircleDot, LoaderCircle, X } from "lucide-react";
import type { Glyph } from "./glyph-word.tsx";
import { GlyphWord } from "./glyph-word.tsx";
import { PhaseMark, standingOf } from "./phase-mark.tsx";

const MARKS: Readonly<Record<ProcessState, Glyph>> = {
  idle: { word: "Ready", Icon: CircleDashed, color: "text-muted" },
  scheduled: { word: "Starting", Icon: CircleDot, color: "text-action" },
  running: { word: "Running", Icon: LoaderCircle, color: "text-action" },
  cancel_requested: { word: "Cancelling", Icon: Ban, color: "text-attention" },
  cancelling: { word: "Cancelling", Icon: Ban, color: "text-attention" },
  done: { word: "Done", Icon: Check, color: "text-good" },
  failed: { word: "Failed", Icon: X, color: "text-bad" },
  cancelled: { word: "Cancelled", Icon: Ban, color: "text-muted" },
};

/** How a process stands: a glyph and a word; a session by its phase. */
export function StateMark({ process }: { process: Pick<ProcessSummary, "kind" | "state" | "session"> }) {
  const { kind, state, session } = process;
  if (kind === "session" && session) return <PhaseMark standing={standingOf(session.phase, state)} />;
  return (
    <GlyphWord
      data-testid="state"
      data-state={state}
      glyph={MARKS[state]}
      isTurning={state === "running"}
      className="whitespace-nowrap"
    />
  );
}
