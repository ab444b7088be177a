import type { ProcessSummary } from "@optio/contract";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useMayAct, usePendingDecisions } from "../api/use-queries.ts";
import { useFeed } from "../sessions/feed-context.tsx";
import { groupProcesses } from "../sessions/group-processes.ts";
import { SessionRow } from "../sessions/session-row.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { useNow } from "../ui/use-now.ts";
import { usePageTitle } from "../ui/use-page-title.ts";
import { DemoNote, FirstRun } from "./first-run.tsx";
import { InboxDecisions } from "./inbox-decisions.tsx";
import { TopBar } from "./top-bar.tsx";
import { useListKeys } from "./use-list-keys.ts";

const MAX_ROWS = 50;

/** The home page: what needs a person first, then what runs, then the rest. */
export function HomePage() {
  const feed = useFeed();
  const decisions = usePendingDecisions().data ?? [];
  const navigate = useNavigate();
  const mayAct = useMayAct();
  const groups = useMemo(() => groupProcesses(feed.processes.values()), [feed.processes]);
  const waiting = groups.needsYou.length;
  const now = useNow();
  useListKeys(() => mayAct && void navigate({ to: "/sessions/new" }));
  usePageTitle(waiting > 0 ? `(${waiting}) Needs you` : "Sessions");
  return (
    <>
      <TopBar />
      <main className="mx-auto w-full max-w-5xl px-4 pb-16">
        <h1 className="sr-only">Sessions</h1>
        {feed.offlineSince !== undefined && <Offline since={feed.offlineSince} />}
        {feed.offlineSince === undefined && feed.error !== undefined && (
          <ErrorNote error={feed.error} className="mt-4" />
        )}
        {!feed.isLoaded && feed.offlineSince === undefined && feed.error === undefined && <LoadingRows />}
        {feed.isLoaded && feed.processes.size === 0 && <FirstRun />}
        <DemoNote processes={feed.processes} />
        {(waiting > 0 || decisions.length > 0) && (
          <Group title="Needs you" count={waiting} isAttention>
            <InboxDecisions decisions={decisions} processes={feed.processes} />
            <Rows processes={groups.needsYou} now={now} />
          </Group>
        )}
        {groups.running.length > 0 && (
          <Group title="Running" count={groups.running.length}>
            <Rows processes={groups.running} now={now} />
          </Group>
        )}
        {groups.done.length > 0 && (
          <Group title="Done" count={groups.done.length}>
            <Rows processes={groups.done} now={now} />
          </Group>
        )}
      </main>
    </>
  );
}

interface GroupProps {
  readonly title: string;
  readonly count: number;
  readonly isAttention?: boolean;
  readonly children: React.ReactNode;
}

function Group({ title, count, isAttention = false, children }: GroupProps) {
  return (
    <section aria-label={title} className="mt-6">
      <h2 className={`mb-2 text-sm font-semibold ${isAttention ? "text-attention" : "text-muted"}`}>
        {title} <span className="font-normal">{count}</span>
      </h2>
      {children}
    </section>
  );
}

function Rows({ processes, now }: { processes: readonly ProcessSummary[]; now: number }) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? processes : processes.slice(0, MAX_ROWS);
  if (processes.length === 0) return null;
  return (
    <ul className="overflow-hidden rounded border border-line bg-surface">
      {shown.map((process) => (
        <li key={process.id} className="border-line [&+li]:border-t">
          <SessionRow process={process} now={now} />
        </li>
      ))}
      {shown.length < processes.length && (
        <li className="border-t border-line">
          <button
            type="button"
            className="min-h-11 w-full text-sm text-action hover:bg-hover"
            onClick={() => setWhole(true)}
          >
            Show {processes.length - shown.length} more
          </button>
        </li>
      )}
    </ul>
  );
}

function Offline({ since }: { since: number }) {
  return (
    <p role="status" className="mt-4 rounded bg-bad-soft px-3 py-2 text-sm text-bad">
      Offline since {new Date(since).toLocaleTimeString()}. The list shows what was known then; it comes back by itself.
    </p>
  );
}

function LoadingRows() {
  return (
    <div className="mt-6" aria-busy="true">
      <p className="sr-only">Loading the sessions</p>
      <div aria-hidden="true" className="breathe flex flex-col gap-px overflow-hidden rounded border border-line">
        {["a", "b", "c"].map((key) => (
          <div key={key} className="h-11 bg-hover" />
        ))}
      </div>
    </div>
  );
}
