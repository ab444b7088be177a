import { useState } from "react";
import { clipOutput } from "./clip-output.ts";

/** What a command printed: its end while it is long, all of it on demand. `isLate`: the beginning was missed. */
export function OutputBlock({ text, isLate = false }: { text: string; isLate?: boolean }) {
  const [isWhole, setWhole] = useState(false);
  const clipped = clipOutput(text);
  if (text === "" && !isLate) return <p className="text-xs text-muted">No output.</p>;
  const hidden = isWhole ? 0 : clipped.hiddenLines;
  return (
    <div className="overflow-hidden rounded border border-line bg-sunken">
      {hidden > 0 && (
        <button
          type="button"
          className="w-full border-b border-line px-3 py-1 text-left text-sm text-action hover:bg-hover"
          onClick={() => setWhole(true)}
        >
          Show all: {hidden} earlier lines
        </button>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <pre tabIndex={0} className="max-h-96 overflow-auto px-3 py-2 text-code">
        {isLate && "… "}
        {isWhole ? text : clipped.text}
      </pre>
    </div>
  );
}
