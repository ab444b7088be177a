import { ACTIVE_STATES, stateIn } from "@optio/contract";
import { CalendarClock } from "lucide-react";
import { useMemo } from "react";
import { useMayAct } from "../api/use-queries.ts";
import { useFeed } from "../feed/feed-context.tsx";
import { LaunchButton } from "../process/launch-button.tsx";
import { ProcessLink } from "../process/process-link.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { formatDistance, formatInstant, viewerTimeZone } from "../ui/format.ts";
import { LiveMark } from "../ui/live-mark.tsx";
import { StateMark } from "../ui/state-mark.tsx";
import { useNow } from "../ui/use-now.ts";
import { usePageTitle } from "../ui/use-page-title.ts";
import type { Scheduled } from "./scheduled.ts";
import { misfireText, scheduledOf } from "./scheduled.ts";

/** The tasks that start by themselves: when next, and how the last run went. */
export function SchedulesPage() {
  const feed = useFeed();
  const scheduled = useMemo(() => scheduledOf(feed.processes.values()), [feed.processes]);
  const now = useNow();
  usePageTitle("Schedules");
  return (
    <main className="mx-auto w-full max-w-5xl px-4 pb-16">
      <div className="mt-6 flex flex-wrap items-baseline justify-between gap-x-4">
        <h1 className="text-xl font-semibold">Schedules</h1>
        <LiveMark isLive={feed.isLoaded} offlineSince={feed.offlineSince} />
      </div>
      <p className="mt-1 text-sm text-muted">
        Times are in your time zone, {viewerTimeZone()}, unless another is named.
      </p>
      {feed.error !== undefined && feed.offlineSince === undefined && <ErrorNote error={feed.error} className="mt-4" />}
      {!feed.isLoaded && <p className="breathe mt-6 text-muted">Loading the schedules…</p>}
      {feed.isLoaded && scheduled.length === 0 && <Empty />}
      {scheduled.length > 0 && (
        <ul className="mt-4 overflow-hidden rounded border border-line bg-surface">
          {scheduled.map((process) => (
            <li key={process.id} className="border-line [&+li]:border-t">
              <ScheduleRow process={process} now={now} />
            </li>
          ))}
        </ul>
      )}
    </main>
  );
}

function ScheduleRow({ process, now }: { process: Scheduled; now: number }) {
  const { schedule } = process;
  const mayAct = useMayAct();
  const isActive = stateIn(process.state, ACTIVE_STATES);
  return (
    <article
      data-testid="schedule-row"
      data-process={process.id}
      aria-label={process.name}
      className="grid grid-cols-[minmax(0,1fr)_15rem_8rem_7rem] items-center gap-x-4 gap-y-1 px-3 py-2 max-md:grid-cols-[minmax(0,1fr)_auto]"
    >
      <div className="min-w-0">
        <ProcessLink
          process={process}
          data-nav=""
          title={process.description ?? undefined}
          className="inline-block max-w-full truncate align-bottom font-medium hover:underline pointer-coarse:py-2"
        >
          {process.name}
        </ProcessLink>
        <p className="text-xs text-muted">
          <code className="rounded bg-sunken px-1 text-text">{schedule.cron}</code> {schedule.timeZone} ·{" "}
          {misfireText(schedule.misfire)}
        </p>
      </div>
      <div className="min-w-0 text-sm max-md:col-start-1">
        {schedule.nextFireAt === null ? (
          <span className="text-muted">Never again</span>
        ) : (
          <>
            <span className="font-medium">{formatDistance(Date.parse(schedule.nextFireAt), now)}</span>
            <span className="block text-xs text-muted" title={formatInstant(schedule.nextFireAt, schedule.timeZone)}>
              {formatInstant(schedule.nextFireAt)}
              {schedule.timeZone !== viewerTimeZone() && (
                <span className="block">{formatInstant(schedule.nextFireAt, schedule.timeZone)}</span>
              )}
            </span>
          </>
        )}
      </div>
      <div className="text-sm max-md:col-start-1">
        {process.run === 0 ? <span className="text-muted">No run yet</span> : <StateMark process={process} />}
        {process.endedAt !== null && !isActive && (
          <span className="block text-xs text-muted max-md:ml-2 max-md:inline">
            {formatDistance(Date.parse(process.endedAt), now)}
          </span>
        )}
      </div>
      <div className="justify-self-end max-md:self-start max-md:col-start-2 max-md:row-span-3 max-md:row-start-1">
        {mayAct && <LaunchButton process={process} />}
      </div>
      {process.state === "failed" && process.error && (
        <p className="col-span-full truncate text-sm text-bad" title={process.error.message}>
          {process.error.message}
        </p>
      )}
    </article>
  );
}

function Empty() {
  return (
    <section className="mx-auto mt-16 max-w-md text-center" data-testid="no-schedules">
      <CalendarClock size={24} aria-hidden="true" className="mx-auto text-action" />
      <h2 className="mt-3 text-lg font-semibold">Nothing starts by itself</h2>
      <p className="mt-2 text-muted">
        Give a task a <code className="text-code">schedule</code> in <code className="text-code">optio.config.ts</code>,
        for example <code className="text-code">"0 6 * * 1-5"</code>; it then stands here with its next start.
      </p>
    </section>
  );
}
