import { useId } from "react";
import type { FilterText } from "./filter-text.ts";

/** How the fields of these forms look. */
export const INPUT =
  "mt-1 block min-h-9 w-full rounded border border-line-strong bg-surface px-3 py-1.5 placeholder:text-muted aria-invalid:border-bad pointer-coarse:min-h-11";

interface FilterFieldProps {
  readonly text: string;
  readonly read: FilterText;
  readonly onChange: (text: string) => void;
  /** Why the server refused it. */
  readonly refusal?: string | undefined;
}

/** Which processes: pairs of metadata or JSON, and what was understood. */
export function FilterField({ text, read, onChange, refusal }: FilterFieldProps) {
  const id = useId();
  const isWrong = read.type === "unreadable" || refusal !== undefined;
  return (
    <div>
      <label htmlFor={id} className="text-sm font-medium">
        Which processes
      </label>
      <input
        id={id}
        value={text}
        onChange={(event) => onChange(event.target.value)}
        placeholder="team=core env=production"
        autoComplete="off"
        spellCheck={false}
        aria-invalid={isWrong}
        aria-describedby={`${id}-help`}
        className={`${INPUT} font-mono text-code`}
      />
      <p
        id={`${id}-help`}
        aria-live="polite"
        className={`mt-1 text-xs break-words ${isWrong ? "text-bad" : "text-muted"}`}
      >
        {refusal ?? helpText(read)}
      </p>
    </div>
  );
}

function helpText(read: FilterText): string {
  if (read.type === "unreadable") return read.message;
  if (read.type === "filter") return `Reads as ${JSON.stringify(read.filter)}`;
  return 'Pairs of the metadata, all of which must hold, or a filter as JSON: {"id": "nightly-report"}';
}
