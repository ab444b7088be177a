import type { LucideIcon } from "lucide-react";

/** A glyph and a word in one colour: how something stands, never by colour alone. */
export interface Glyph {
  readonly word: string;
  readonly Icon: LucideIcon;
  readonly color: string;
}

/** Shows them; a glyph that turns says that work goes on. `className` and the data attributes go to the whole. */
export function GlyphWord({
  glyph: { word, Icon, color },
  isTurning,
  className = "",
  ...data
}: {
  readonly glyph: Glyph;
  readonly isTurning: boolean;
  readonly className?: string;
  readonly [attribute: `data-${string}`]: string;
}) {
  return (
    <span {...data} className={`inline-flex shrink-0 items-center gap-1.5 text-sm font-medium ${className} ${color}`}>
      <Icon size={15} aria-hidden="true" className={isTurning ? "animate-spin [animation-duration:2s]" : ""} />
      {word}
    </span>
  );
}
