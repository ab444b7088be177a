import type { ProcessSummary } from "@optio/contract";
import { ACTIVE_STATES, stateIn } from "@optio/contract";
import type { ReactNode } from "react";
import { Badge } from "../ui/badge.tsx";
import { formatDistance, formatDuration, formatInstant, viewerTimeZone } from "../ui/format.ts";
import { Payload } from "../ui/payload.tsx";
import { tagText } from "../ui/tag-text.ts";
import { resumeText } from "./allowed-actions.ts";

/** What is known about a process besides its tree and its log. */
export function ProcessFacts({ process, now }: { process: ProcessSummary; now: number }) {
  const tags = Object.entries(process.metadata);
  return (
    <section aria-label="Details" className="min-w-0">
      {process.description && <p className="mb-3 text-sm break-words whitespace-pre-line">{process.description}</p>}
      <dl className="grid grid-cols-[6.5rem_minmax(0,1fr)] gap-x-3 gap-y-1.5 text-sm">
        <Fact name="Run">{process.run === 0 ? "Never launched" : `Number ${process.run}`}</Fact>
        {process.startedAt && <Fact name="Started">{formatInstant(process.startedAt)}</Fact>}
        {process.endedAt && <Fact name="Ended">{formatInstant(process.endedAt)}</Fact>}
        {process.startedAt && <Fact name="Took">{tookText(process, now)}</Fact>}
        {process.schedule && <ScheduleFacts schedule={process.schedule} now={now} />}
        <Fact name="Resume">{resumeText(process)}</Fact>
        {!process.cancellable && <Fact name="Cancel">This task cannot be cancelled; it ends by itself.</Fact>}
        {process.depth > 0 && <Fact name="Launch">By its parent, not by itself.</Fact>}
        {process.ephemeral && <Fact name="Kept">Not: the record goes when the run ends.</Fact>}
        {process.ttlSeconds !== null && (
          <Fact name="Kept">
            {process.expiresAt
              ? `Until ${formatInstant(process.expiresAt)} (${formatDistance(Date.parse(process.expiresAt), now)})`
              : `For ${formatDuration(process.ttlSeconds * 1000)} after its end`}
          </Fact>
        )}
        <Fact name="Id">
          <code className="text-code break-all">{process.id}</code>
        </Fact>
      </dl>
      {tags.length > 0 && (
        <ul aria-label="Metadata" className="mt-3 flex flex-wrap gap-1.5">
          {tags.map(([key, value]) => (
            <li key={key} className="max-w-full min-w-0 [&>span]:max-w-full">
              <Badge title={`${key}=${tagText(value)}`}>
                <span className="truncate">{`${key}=${tagText(value)}`}</span>
              </Badge>
            </li>
          ))}
        </ul>
      )}
      {process.widgetData != null && (
        <section aria-label="Data" className="mt-4">
          <h2 className="mb-1 text-sm font-semibold text-muted">Data of this task</h2>
          <Payload value={process.widgetData} />
        </section>
      )}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

function ScheduleFacts({ schedule, now }: { schedule: NonNullable<ProcessSummary["schedule"]>; now: number }) {
  return (
    <>
      <Fact name="Schedule">
        <code className="text-code">{schedule.cron}</code> in {schedule.timeZone}
      </Fact>
      <Fact name="Next">
        {schedule.nextFireAt ? (
          <span title={formatInstant(schedule.nextFireAt, schedule.timeZone)}>
            {`${formatInstant(schedule.nextFireAt)} your time (${viewerTimeZone()}), ${formatDistance(Date.parse(schedule.nextFireAt), now)}`}
          </span>
        ) : (
          "Never again"
        )}
      </Fact>
    </>
  );
}

function tookText({ state, startedAt, endedAt }: ProcessSummary, now: number): string {
  const start = Date.parse(startedAt ?? "");
  if (endedAt !== null) return formatDuration(Date.parse(endedAt) - start);
  return stateIn(state, ACTIVE_STATES) ? `${formatDuration(now - start)} so far` : "Unknown";
}
