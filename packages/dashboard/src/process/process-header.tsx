import type { ProcessSummary } from "@optio/contract";
import { ACTIVE_STATES, stateIn } from "@optio/contract";
import { Link } from "@tanstack/react-router";
import { ArrowLeft, CircleHelp } from "lucide-react";
import { IconButton } from "../ui/button.tsx";
import { formatDuration } from "../ui/format.ts";
import { useHelp } from "../ui/help-context.ts";
import { LiveMark } from "../ui/live-mark.tsx";
import { ProgressBar } from "../ui/progress-bar.tsx";
import { StateMark } from "../ui/state-mark.tsx";
import { ThemeToggle } from "../ui/theme-toggle.tsx";
import { ParentLink } from "./parent-link.tsx";
import { ProcessActions } from "./process-actions.tsx";
import type { useProcessActions } from "./use-process-actions.ts";

interface ProcessHeaderProps {
  readonly process: ProcessSummary;
  readonly now: number;
  readonly isLive: boolean;
  readonly offlineSince: number | undefined;
  /** Absent: the reader may only look. */
  readonly actions: ReturnType<typeof useProcessActions> | undefined;
}

/** Name, standing and progress of a process, and what may be done with it. */
export function ProcessHeader({ process, now, isLive, offlineSince, actions }: ProcessHeaderProps) {
  const isActive = stateIn(process.state, ACTIVE_STATES);
  return (
    <header className="border-b border-line bg-surface">
      <div className="flex min-h-12 items-center gap-2 px-2 sm:px-4">
        <Link
          to="/"
          aria-label="All sessions and tasks"
          title="All sessions and tasks"
          className="inline-flex size-8 shrink-0 items-center justify-center rounded text-muted hover:bg-hover hover:text-text pointer-coarse:size-11"
        >
          <ArrowLeft size={18} aria-hidden="true" />
        </Link>
        <div className="flex min-w-0 items-baseline gap-2 max-sm:flex-col max-sm:gap-0">
          {process.parent !== null && <ParentLink id={process.parent} />}
          <h1 className="max-w-full min-w-0 truncate font-semibold" title={process.name}>
            {process.name}
          </h1>
        </div>
        <StateMark process={process} />
        <span className="flex-1" />
        <LiveMark isLive={isLive} offlineSince={offlineSince} />
        <span className="flex max-sm:hidden">
          <IconButton label="Keyboard help" onClick={useHelp()}>
            <CircleHelp size={18} />
          </IconButton>
          <ThemeToggle />
        </span>
      </div>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 pb-2 empty:hidden">
        {isActive && (
          <div className="min-w-60 flex-1 text-sm" data-testid="progress">
            <ProgressBar progress={process.progress ?? { percent: null }} label={`Progress of ${process.name}`} />
            <p className="flex gap-3 text-muted">
              <span className="min-w-0 flex-1 truncate" title={process.progress?.message}>
                {process.progress?.message}
              </span>
              {process.startedAt && <span>{formatDuration(now - Date.parse(process.startedAt))}</span>}
            </p>
          </div>
        )}
        {actions && <ProcessActions process={process} actions={actions} />}
      </div>
    </header>
  );
}
