import type { ProcessSummary } from "@optio/contract";
import { ACTIVE_STATES, stateIn } from "@optio/contract";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useAgents } from "../api/use-queries.ts";
import { Badge } from "../ui/badge.tsx";
import { firstLine, formatElapsed, formatTokens, plural } from "../ui/format.ts";
import { PhaseMark, standingOf } from "../ui/phase-mark.tsx";

/** One session in a list: how it stands, what it is, what it does now. */
export function SessionRow({ process, now }: { process: ProcessSummary; now: number }) {
  const { session } = process;
  return (
    <RowFrame process={process}>
      <span className="flex min-w-0 items-center gap-2 max-sm:row-start-2">
        <PhaseMark standing={standingOf(session?.phase ?? "busy", process.state)} />
        <span className="truncate text-sm text-muted sm:hidden">{activityOf(process)}</span>
      </span>
      <span className="flex min-w-0 items-baseline gap-2 max-sm:col-start-1 max-sm:row-start-1">
        <span className="max-w-full shrink-0 truncate font-medium max-sm:shrink">{process.name}</span>
        <span className="min-w-0 truncate text-sm text-muted max-sm:hidden">{activityOf(process)}</span>
      </span>
      <span className="flex items-center justify-end gap-3 text-xs text-muted max-sm:row-span-2 max-sm:flex-col max-sm:items-end max-sm:gap-0.5">
        {session && (
          <span className="max-md:hidden">
            <AgentBadge agent={session.agent} scripted={session.scripted} />
          </span>
        )}
        {session?.diff && (
          <span className="font-mono max-md:hidden">
            <span className="text-good">+{session.diff.added}</span>{" "}
            <span className="text-bad">−{session.diff.removed}</span>
          </span>
        )}
        {session?.totalTokens != null && (
          <span className="w-20 text-right max-sm:w-auto">{formatTokens(session.totalTokens)} tokens</span>
        )}
        <span className="w-16 text-right max-sm:w-auto" title={process.startedAt ?? process.createdAt}>
          {elapsedOf(process, now)}
        </span>
      </span>
    </RowFrame>
  );
}

const ROW =
  "grid min-h-11 grid-cols-[7.5rem_minmax(0,1fr)_auto] items-center gap-x-3 px-3 py-1 whitespace-nowrap max-sm:grid-cols-[minmax(0,1fr)_auto]";

/** A session's row leads to its page; a plain task has none. */
function RowFrame({ process, children }: { process: ProcessSummary; children: ReactNode }) {
  if (process.kind === "task") return <div className={ROW}>{children}</div>;
  return (
    <Link
      to="/s/$id"
      params={{ id: process.id }}
      data-nav=""
      data-testid="session-row"
      data-session={process.id}
      className={`${ROW} hover:bg-hover focus-visible:-outline-offset-2`}
    >
      {children}
    </Link>
  );
}

/** The agent's label, or that a script answers in a model's place. */
export function AgentBadge({ agent, scripted }: { agent: string; scripted: boolean }) {
  const label = useAgents().data?.items.find((one) => one.id === agent)?.label ?? agent;
  return scripted ? <Badge title={`${label} with a scripted model`}>Scripted model</Badge> : <Badge>{label}</Badge>;
}

function activityOf({ state, error, session, progress }: ProcessSummary): string {
  if (state === "failed") return error?.message ?? "";
  if (!session) return progress?.message ?? "";
  const queued = session.queued > 0 ? `${plural(session.queued, "message")} queued` : "";
  return [session.activity ? firstLine(session.activity) : "", queued].filter(Boolean).join(" · ");
}

function elapsedOf({ state, startedAt, endedAt, createdAt }: ProcessSummary, now: number): string {
  const start = Date.parse(startedAt ?? createdAt);
  if (stateIn(state, ACTIVE_STATES) || endedAt === null) return formatElapsed(now - start);
  return `${formatElapsed(now - Date.parse(endedAt))} ago`;
}
