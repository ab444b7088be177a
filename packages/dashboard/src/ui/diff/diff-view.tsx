import { useMemo, useState } from "react";
import type { DiffLine } from "./parse-diff.ts";
import { parseDiff } from "./parse-diff.ts";

const MAX_LINES = 60;
const SIGNS = { add: "+", remove: "−", context: " ", hunk: "" } as const;
const COLORS = { add: "bg-good-soft", remove: "bg-bad-soft", context: "", hunk: "bg-sunken text-muted" } as const;

/** The changes to one file, in one column, with both line numbers. */
export default function DiffView({ diff, whole }: { diff: string; whole?: "add" | "remove" }) {
  const parsed = useMemo(() => parseDiff(diff, whole), [diff, whole]);
  const [isWhole, setWhole] = useState(false);
  const lines = isWhole ? parsed.lines : parsed.lines.slice(0, MAX_LINES);
  const hidden = parsed.lines.length - lines.length;
  if (parsed.lines.length === 0) return <p className="px-3 py-2 text-sm text-muted">No text to show.</p>;
  return (
    <div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section className="overflow-x-auto" tabIndex={0} aria-label="Diff">
        <table className="w-full border-collapse font-mono text-code">
          <tbody>
            {lines.map((line, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a diff's lines never move
              <DiffRow key={index} line={line} />
            ))}
          </tbody>
        </table>
      </section>
      {hidden > 0 && (
        <button type="button" className="w-full py-1 text-sm text-action hover:bg-hover" onClick={() => setWhole(true)}>
          Show {hidden} more lines
        </button>
      )}
    </div>
  );
}

function DiffRow({ line }: { line: DiffLine }) {
  const label = line.type === "add" ? "added: " : line.type === "remove" ? "removed: " : "";
  return (
    <tr className={COLORS[line.type]}>
      <td className="w-0 select-none px-2 text-right align-top text-muted">{line.oldLine ?? ""}</td>
      <td className="w-0 select-none pr-2 text-right align-top text-muted">{line.newLine ?? ""}</td>
      <td className="w-0 select-none pr-2 align-top" aria-hidden="true">
        {SIGNS[line.type]}
      </td>
      <td className="whitespace-pre pr-3">
        {label && <span className="sr-only">{label}</span>}
        {line.type === "hunk" ? line.text || "…" : line.text}
      </td>
    </tr>
  );
}
