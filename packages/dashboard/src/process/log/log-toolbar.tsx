import { ArrowDownToLine, ArrowUpToLine, Search } from "lucide-react";
import type { RefObject } from "react";
import { Button, IconButton } from "../../ui/button.tsx";
import type { LogChoice } from "./log-query.ts";
import { LEVEL_CHOICES, runChoices } from "./log-query.ts";

const FIELD =
  "min-h-8 rounded border border-line-strong/50 bg-surface px-2 text-sm pointer-coarse:min-h-11 pointer-coarse:text-base";

interface LogToolbarProps {
  readonly choice: LogChoice;
  readonly onChange: (change: Partial<LogChoice>) => void;
  readonly run: number;
  readonly isFollowing: boolean;
  readonly onFollow: () => void;
  readonly onStart: () => void;
  readonly search: RefObject<HTMLInputElement | null>;
}

/** What of the log is shown, and whether its end is followed. */
export function LogToolbar({ choice, onChange, run, isFollowing, onFollow, onStart, search }: LogToolbarProps) {
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2">
      <h2 className="text-sm font-semibold text-muted max-sm:sr-only">Log</h2>
      <label className="relative min-w-32 flex-1 max-sm:basis-full max-sm:order-first">
        <Search size={14} aria-hidden="true" className="absolute top-1/2 left-2 -translate-y-1/2 text-muted" />
        <input
          ref={search}
          type="search"
          aria-label="Search in the log"
          placeholder="Search in the log"
          value={choice.text}
          onChange={(event) => onChange({ text: event.target.value })}
          className={`${FIELD} w-full pl-7 placeholder:text-muted`}
        />
      </label>
      <select
        aria-label="Level"
        value={choice.level}
        onChange={(event) =>
          onChange({ level: LEVEL_CHOICES.find(({ value }) => value === event.target.value)?.value ?? "" })
        }
        className={FIELD}
      >
        {LEVEL_CHOICES.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
      {run > 1 && (
        <select
          aria-label="Run"
          value={choice.run}
          onChange={(event) => onChange({ run: event.target.value })}
          className={FIELD}
        >
          {runChoices(run).map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      )}
      <IconButton label="To the first line" onClick={onStart}>
        <ArrowUpToLine size={16} />
      </IconButton>
      <Button aria-pressed={isFollowing} look={isFollowing ? "primary" : "plain"} onClick={onFollow}>
        <ArrowDownToLine size={14} aria-hidden="true" /> Follow
      </Button>
    </div>
  );
}
