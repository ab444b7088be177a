import type { SessionPhase } from "@optio/contract";
import { Ban, Check, CircleDashed, CirclePlay, Hand, KeyRound, LoaderCircle, Moon, X } from "lucide-react";
import type { Glyph } from "./glyph-word.tsx";
import { GlyphWord } from "./glyph-word.tsx";

/** How a session stands, as shown: a phase, or the outcome of an ended one. */
export type Standing = Exclude<SessionPhase, "ended"> | "done" | "failed" | "cancelled" | "not-launched";

const MARKS: Readonly<Record<Standing, Glyph>> = {
  starting: { word: "Starting", Icon: CircleDashed, color: "text-muted" },
  idle: { word: "Idle", Icon: CirclePlay, color: "text-muted" },
  busy: { word: "Working", Icon: LoaderCircle, color: "text-action" },
  waiting: { word: "Needs you", Icon: Hand, color: "text-attention" },
  login: { word: "Needs login", Icon: KeyRound, color: "text-attention" },
  hibernated: { word: "Parked", Icon: Moon, color: "text-muted" },
  done: { word: "Done", Icon: Check, color: "text-good" },
  failed: { word: "Failed", Icon: X, color: "text-bad" },
  cancelled: { word: "Cancelled", Icon: Ban, color: "text-muted" },
  "not-launched": { word: "Not launched", Icon: CircleDashed, color: "text-muted" },
};

/** A glyph and a word; never colour alone. */
export function PhaseMark({ standing }: { standing: Standing }) {
  return (
    <GlyphWord data-testid="phase" data-phase={standing} glyph={MARKS[standing]} isTurning={standing === "busy"} />
  );
}

/** The standing of a session by its phase and its process's state. */
export function standingOf(phase: SessionPhase, state: string): Standing {
  if (state === "done" || state === "failed" || state === "cancelled") return state;
  if (state === "idle") return "not-launched";
  return phase === "ended" ? "done" : phase;
}
