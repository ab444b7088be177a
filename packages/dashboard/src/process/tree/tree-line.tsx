import type { ProcessSummary } from "@optio/contract";
import { ACTIVE_STATES, stateIn } from "@optio/contract";
import { ChevronRight } from "lucide-react";
import { firstLine, formatElapsed } from "../../ui/format.ts";
import { ProgressBar } from "../../ui/progress-bar.tsx";
import { StateMark } from "../../ui/state-mark.tsx";
import { ProcessLink } from "../process-link.tsx";
import type { TreeRow } from "./tree-rows.ts";

const INDENT_PX = 16;
const MAX_INDENTS = 8;

interface TreeLineProps {
  readonly row: TreeRow;
  readonly now: number;
  readonly isTabStop: boolean;
  readonly onFocus: () => void;
  readonly onToggle: () => void;
}

/** One process of a tree: how it stands, how far it is, why it failed. */
export function TreeLine({ row, now, isTabStop, onFocus, onToggle }: TreeLineProps) {
  const { process, level, hasChildren, isOpen } = row;
  const isActive = stateIn(process.state, ACTIVE_STATES);
  const said = process.error ?? (isActive ? process.progress : null);
  return (
    <div
      role="treeitem"
      aria-level={level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      {...(hasChildren ? { "aria-expanded": isOpen } : {})}
      tabIndex={isTabStop ? 0 : -1}
      onFocus={onFocus}
      data-testid="tree-line"
      data-process={process.id}
      className="border-line px-2 py-1 focus-visible:-outline-offset-2 [&+[role=treeitem]]:border-t"
      style={{ paddingLeft: 8 + Math.min(level - 1, MAX_INDENTS) * INDENT_PX }}
    >
      <div className="flex min-h-6 min-w-0 items-center gap-1.5">
        <Toggle hasChildren={hasChildren} isOpen={isOpen} onToggle={onToggle} />
        <ProcessLink
          process={process}
          tabIndex={-1}
          className="min-w-0 truncate text-sm font-medium hover:underline pointer-coarse:py-2"
          title={process.description ?? process.name}
        >
          {process.name}
        </ProcessLink>
        <span className="flex-1" />
        <StateMark process={process} />
        <span className="w-12 shrink-0 text-right text-xs text-muted">{elapsedText(process, now)}</span>
      </div>
      {(isActive && process.progress) || said?.message ? (
        <div className="pl-[1.375rem]">
          {isActive && process.progress && (
            <ProgressBar progress={process.progress} label={`Progress of ${process.name}`} />
          )}
          {said?.message && (
            <p className={`truncate text-xs ${process.error ? "text-bad" : "text-muted"}`} title={said.message}>
              {firstLine(said.message, 200)}
            </p>
          )}
        </div>
      ) : null}
    </div>
  );
}

function Toggle({ hasChildren, isOpen, onToggle }: { hasChildren: boolean; isOpen: boolean; onToggle: () => void }) {
  if (!hasChildren) return <span aria-hidden="true" className="w-4 shrink-0" />;
  return (
    // the line itself has the keys and the state; a pointer gets this
    <span
      aria-hidden="true"
      data-testid="tree-toggle"
      onClick={onToggle}
      className="shrink-0 cursor-pointer rounded text-muted hover:bg-hover hover:text-text pointer-coarse:-m-3 pointer-coarse:p-3"
    >
      <ChevronRight size={16} className={isOpen ? "rotate-90" : ""} />
    </span>
  );
}

function elapsedText({ state, startedAt, endedAt }: ProcessSummary, now: number): string {
  if (startedAt === null) return "";
  const end = stateIn(state, ACTIVE_STATES) || endedAt === null ? now : Date.parse(endedAt);
  return formatElapsed(end - Date.parse(startedAt));
}
