import type { ProcessSummary } from "@optio/contract";
import { ACTIVE_STATES, stateIn } from "@optio/contract";
import { Link, Navigate } from "@tanstack/react-router";
import { MessageSquareText } from "lucide-react";
import { useMemo } from "react";
import { fetchTree } from "../api/calls.ts";
import { hasCode } from "../api/describe-error.ts";
import { useMayAct, useProcess } from "../api/use-queries.ts";
import { useFollowedFeed } from "../feed/feed-context.tsx";
import type { FeedScope } from "../feed/feed-store.ts";
import { ErrorNote } from "../ui/error-note.tsx";
import { useNow } from "../ui/use-now.ts";
import { usePageTitle } from "../ui/use-page-title.ts";
import { LogPanel } from "./log/log-panel.tsx";
import { ProcessError } from "./process-error.tsx";
import { ProcessFacts } from "./process-facts.tsx";
import { ProcessHeader } from "./process-header.tsx";
import { ProcessMissing } from "./process-missing.tsx";
import { buildTree } from "./tree/build-tree.ts";
import { ProcessTree } from "./tree/process-tree.tsx";
import { useProcessActions } from "./use-process-actions.ts";

interface ProcessPageProps {
  readonly id: string;
  readonly onUnauthorized: () => void;
}

/** One task: how it stands, what is below it, its log, and what may be done with it. */
export function ProcessPage({ id, onUnauthorized }: ProcessPageProps) {
  const first = useProcess(id);
  usePageTitle(first.data?.name ?? "Process");
  if (hasCode(first.error, "not-found")) return <ProcessMissing id={id} wasThere={false} />;
  if (!first.data) return <Loading error={first.error} />;
  if (first.data.kind === "session") return <Navigate to="/s/$id" params={{ id }} replace />;
  return <Followed first={first.data} onUnauthorized={onUnauthorized} />;
}

function Followed({ first, onUnauthorized }: { first: ProcessSummary; onUnauthorized: () => void }) {
  const { id, root } = first;
  const scope = useMemo((): FeedScope => ({ filter: { root }, list: (signal) => fetchTree(id, signal) }), [id, root]);
  const feed = useFollowedFeed(onUnauthorized, scope);
  const node = useMemo(() => buildTree(feed.processes.values(), id), [feed.processes, id]);
  const process = node?.process ?? first;
  const actions = useProcessActions(process);
  const now = useNow();
  const mayAct = useMayAct();
  usePageTitle(stateIn(process.state, ACTIVE_STATES) ? `${titleProgress(process)}${process.name}` : process.name);
  if ((feed.isLoaded && !node) || hasCode(feed.error, "not-found")) return <ProcessMissing id={id} wasThere />;
  return (
    <div className="flex h-full min-w-0 flex-col max-lg:h-auto max-lg:min-h-full">
      <ProcessHeader
        process={process}
        now={now}
        isLive={feed.isLoaded}
        offlineSince={feed.offlineSince}
        actions={mayAct ? actions : undefined}
      />
      <main className="mx-auto flex min-h-0 w-full max-w-[100rem] flex-1 gap-4 p-4 max-lg:flex-col">
        <div className="flex min-h-0 w-[27rem] shrink-0 flex-col gap-4 lg:overflow-y-auto max-lg:contents">
          {actions.error !== null && <ErrorNote error={actions.error} />}
          {process.error && <ProcessError error={process.error} />}
          {process.session && <OwnSession id={id} />}
          {node && node.children.length > 0 && <ProcessTree node={node} now={now} />}
          <div className="max-lg:order-last">
            <ProcessFacts process={process} now={now} />
          </div>
        </div>
        <div className="flex min-w-0 flex-1 flex-col max-lg:h-[80dvh] max-lg:flex-none">
          {/* a dismissed process begins a new log */}
          <LogPanel
            key={`${id}:${process.state === "idle"}`}
            id={id}
            run={process.run}
            isIdle={process.state === "idle"}
            onUnauthorized={onUnauthorized}
          />
        </div>
      </main>
      <p className="sr-only" role="status">
        {spoken(process)}
      </p>
    </div>
  );
}

/** A task whose function runs a session in its own name. */
function OwnSession({ id }: { id: string }) {
  return (
    <Link
      to="/s/$id"
      params={{ id }}
      className="inline-flex min-h-8 items-center gap-2 self-start text-sm text-action underline pointer-coarse:min-h-11"
    >
      <MessageSquareText size={14} aria-hidden="true" /> The session of this task
    </Link>
  );
}

function Loading({ error }: { error: unknown }) {
  return (
    <main className="measure py-8" aria-busy={!error}>
      {error ? <ErrorNote error={error} /> : <p className="breathe text-muted">Loading the process…</p>}
    </main>
  );
}

function titleProgress({ progress }: ProcessSummary): string {
  const percent = progress?.percent;
  return percent == null ? "" : `${Math.round(percent)} % · `;
}

/** The state as a screen reader hears it when it changes. */
function spoken({ name, state, error }: ProcessSummary): string {
  return `${name}: ${state.replace("_", " ")}${state === "failed" && error ? `, ${error.message}` : ""}`;
}
