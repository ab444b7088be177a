import type { ProcessSummary } from "@optio/contract";
import { ACTIVE_STATES, stateIn } from "@optio/contract";
import { CalendarClock, ListTree } from "lucide-react";
import { useAgents } from "../api/use-queries.ts";
import { ProcessLink } from "../process/process-link.tsx";
import { Badge } from "../ui/badge.tsx";
import { firstLine, formatDistance, formatElapsed, formatInstant, formatTokens, plural } from "../ui/format.ts";
import { StateMark } from "../ui/state-mark.tsx";
import type { Family } from "./fold-families.ts";

const ROW =
  "grid min-h-11 grid-cols-[7.5rem_minmax(0,1fr)_auto] items-center gap-x-3 px-3 py-1 whitespace-nowrap max-sm:grid-cols-[minmax(0,1fr)_auto]";

/** One process in a list: how it stands, what it is, what it does now, and what is below it. */
export function ProcessRow({ family, now }: { family: Family; now: number }) {
  const { head: process } = family;
  const { session } = process;
  const activity = activityOf(process);
  return (
    <ProcessLink
      process={process}
      data-nav=""
      data-testid={process.kind === "session" ? "session-row" : "task-row"}
      data-session={process.id}
      title={process.description ?? undefined}
      className={`${ROW} hover:bg-hover focus-visible:-outline-offset-2`}
    >
      <span className="flex min-w-0 items-center gap-2 max-sm:row-start-2">
        <StateMark process={process} />
        <span className="truncate text-sm text-muted sm:hidden">{activity}</span>
      </span>
      <span className="flex min-w-0 items-baseline gap-2 max-sm:col-start-1 max-sm:row-start-1">
        <span className="max-w-full shrink-0 truncate font-medium max-sm:shrink">{process.name}</span>
        <span className="min-w-0 truncate text-sm text-muted max-sm:hidden">{activity}</span>
      </span>
      <span className="flex items-center justify-end gap-3 text-xs text-muted max-sm:row-span-2 max-sm:flex-col max-sm:items-end max-sm:gap-0.5">
        <Below family={family} />
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
        <When process={process} now={now} />
      </span>
    </ProcessLink>
  );
}

/** The agent's label, or that a script answers in a model's place. */
export function AgentBadge({ agent, scripted }: { agent: string; scripted: boolean }) {
  const label = useAgents().data?.items.find((one) => one.id === agent)?.label ?? agent;
  return scripted ? <Badge title={`${label} with a scripted model`}>Scripted model</Badge> : <Badge>{label}</Badge>;
}

/** What is folded below the row, in words. */
function Below({ family: { counts } }: { family: Family }) {
  if (counts.total === 0) return null;
  const parts = [
    counts.waiting > 0 && { text: `${counts.waiting} waiting`, color: "text-attention" },
    counts.active > counts.waiting && {
      text: `${counts.active - counts.waiting} running`,
      color: `text-action ${counts.waiting + counts.failed > 0 ? "max-sm:hidden" : ""}`,
    },
    counts.failed > 0 && { text: `${counts.failed} failed`, color: "text-bad" },
  ].filter((part) => part !== false);
  return (
    <span
      className="flex items-center gap-1.5"
      data-testid="below"
      title={`${plural(counts.total, "process", "processes")} below this one`}
    >
      <ListTree size={13} aria-hidden="true" />
      {parts.length === 0 && <span>{counts.total} below</span>}
      {parts.map(({ text, color }) => (
        <span key={text} className={color}>
          {text}
        </span>
      ))}
    </span>
  );
}

function When({ process, now }: { process: ProcessSummary; now: number }) {
  const next = process.state === "idle" ? process.schedule?.nextFireAt : undefined;
  if (next)
    return (
      <span className="flex items-center justify-end gap-1" title={`Next start: ${formatInstant(next)}`}>
        <CalendarClock size={13} aria-hidden="true" /> {formatDistance(Date.parse(next), now)}
      </span>
    );
  if (process.state === "idle" && process.run === 0) return <span className="w-16 max-sm:w-0" />;
  return (
    <span className="min-w-16 text-right max-sm:min-w-0" title={process.startedAt ?? process.createdAt}>
      {elapsedOf(process, now)}
    </span>
  );
}

function activityOf({ state, error, session, progress, description }: ProcessSummary): string {
  if (state === "failed") return error?.message ?? "";
  if (!session)
    return (stateIn(state, ACTIVE_STATES) ? progressText(progress) : undefined) ?? firstLine(description ?? "");
  const queued = session.queued > 0 ? `${plural(session.queued, "message")} queued` : "";
  return [session.activity ? firstLine(session.activity) : "", queued].filter(Boolean).join(" · ");
}

function progressText(progress: ProcessSummary["progress"]): string | undefined {
  if (!progress) return undefined;
  const percent = progress.percent === null ? "" : `${Math.round(progress.percent)} %`;
  return [percent, progress.message].filter(Boolean).join(" · ");
}

function elapsedOf({ state, startedAt, endedAt, createdAt }: ProcessSummary, now: number): string {
  const start = Date.parse(startedAt ?? createdAt);
  if (stateIn(state, ACTIVE_STATES) || endedAt === null) return formatElapsed(now - start);
  return `${formatElapsed(now - Date.parse(endedAt))} ago`;
}
