import { Search } from "lucide-react";
import type { RefObject } from "react";

interface ListSearchProps {
  readonly field: RefObject<HTMLInputElement | null>;
  readonly text: string;
  readonly onText: (text: string) => void;
  /** How many are hidden unless asked for. */
  readonly specials: number;
  readonly showsSpecial: boolean;
  readonly onSpecial: (shows: boolean) => void;
}

/** Narrows the list of processes. */
export function ListSearch({ field, text, onText, specials, showsSpecial, onSpecial }: ListSearchProps) {
  return (
    <search className="mt-4 flex flex-wrap items-center gap-x-4 gap-y-1">
      <label className="relative min-w-48 flex-1">
        <Search size={15} aria-hidden="true" className="absolute top-1/2 left-2.5 -translate-y-1/2 text-muted" />
        <input
          ref={field}
          type="search"
          aria-label="Search names, descriptions and metadata"
          value={text}
          onChange={(event) => onText(event.target.value)}
          placeholder="Search names, descriptions and metadata"
          className="block min-h-9 w-full rounded border border-line-strong/50 bg-surface pr-3 pl-8 placeholder:text-muted pointer-coarse:min-h-11"
        />
      </label>
      {specials > 0 && (
        <label className="flex min-h-8 items-center gap-2 text-sm text-muted pointer-coarse:min-h-11">
          <input
            type="checkbox"
            role="switch"
            aria-checked={showsSpecial}
            checked={showsSpecial}
            onChange={(event) => onSpecial(event.target.checked)}
          />
          Show {specials} special
        </label>
      )}
    </search>
  );
}
