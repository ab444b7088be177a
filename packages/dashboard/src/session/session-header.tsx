import type { ProcessSummary, SessionPhase, SessionView } from "@optio/contract";
import { Link } from "@tanstack/react-router";
import { ArrowLeft, CircleHelp } from "lucide-react";
import { useAgents } from "../api/use-queries.ts";
import { ParentLink } from "../process/parent-link.tsx";
import type { ThreadState } from "../thread/reduce-thread.ts";
import { Badge } from "../ui/badge.tsx";
import { IconButton } from "../ui/button.tsx";
import { formatTokens } from "../ui/format.ts";
import { useHelp } from "../ui/help-context.ts";
import { PhaseMark, standingOf } from "../ui/phase-mark.tsx";
import { ThemeToggle } from "../ui/theme-toggle.tsx";
import type { Connection } from "./connection.ts";
import { connectionText } from "./connection.ts";
import { SessionActions } from "./session-actions.tsx";

interface SessionHeaderProps {
  readonly session: SessionView;
  readonly process: ProcessSummary | undefined;
  readonly phase: SessionPhase;
  readonly thread: ThreadState;
  readonly connection: Connection;
  readonly mayAct: boolean;
  readonly onError: (error: unknown) => void;
}

/** Name and standing of the session, and the truth about the connection. */
export function SessionHeader({ session, process, phase, thread, connection, mayAct, onError }: SessionHeaderProps) {
  return (
    <header className="border-b border-line bg-surface">
      <div className="flex min-h-12 items-center gap-2 px-2 sm:px-4">
        <Link
          to="/"
          aria-label="All sessions"
          title="All sessions"
          className="inline-flex size-8 shrink-0 items-center justify-center rounded text-muted hover:bg-hover hover:text-text pointer-coarse:size-11"
        >
          <ArrowLeft size={18} aria-hidden="true" />
        </Link>
        <div className="flex min-w-0 items-baseline gap-2 max-sm:flex-col max-sm:gap-0">
          {process?.parent != null && <ParentLink id={process.parent} />}
          <h1 className="max-w-full min-w-0 truncate font-semibold" title={session.name}>
            {session.name}
          </h1>
        </div>
        <PhaseMark standing={standingOf(phase, session.state)} />
        <span className="flex-1" />
        <ConnectionMark connection={connection} lastSeq={thread.lastSeq} />
        <span className="flex max-sm:hidden">
          <IconButton label="Keyboard help" onClick={useHelp()}>
            <CircleHelp size={18} />
          </IconButton>
          <ThemeToggle />
        </span>
        {mayAct && process && <SessionActions process={process} onError={onError} />}
      </div>
      <Facts session={session} thread={thread} isTask={process?.kind === "task"} />
    </header>
  );
}

interface FactsProps {
  readonly session: SessionView;
  readonly thread: ThreadState;
  /** A plain task runs the session in its own name. */
  readonly isTask: boolean;
}

function Facts({ session, thread, isTask }: FactsProps) {
  const agents = useAgents().data?.items ?? [];
  const usage = thread.usage ?? session.usage;
  const { posture } = session;
  const facts = [
    agents.find((agent) => agent.id === session.agent)?.label ?? session.agent,
    session.model,
    posture && `sandbox ${posture.sandbox}${posture.networkAccess ? " + network" : ""}`,
    posture && `approvals ${posture.approvals}`,
    posture && posture.containment !== "native" && `containment ${posture.containment}`,
    usage && `${formatTokens(usage.total.totalTokens)} tokens`,
  ].filter((fact) => typeof fact === "string");
  return (
    <div className="flex items-center gap-x-3 overflow-x-auto px-4 pb-2 text-xs whitespace-nowrap text-muted">
      {isTask && (
        <Link to="/processes/$id" params={{ id: session.id }} className="text-action underline pointer-coarse:py-2">
          Task, tree and log
        </Link>
      )}
      {session.scripted && <Badge title="A script answers in place of a model">Scripted model</Badge>}
      {facts.map((fact) => (
        <span key={fact}>{fact}</span>
      ))}
      {session.workspace && (
        <code className="max-w-80 truncate" title={session.workspace}>
          {session.workspace}
        </code>
      )}
    </div>
  );
}

const DOTS: Readonly<Record<Connection["type"], string>> = {
  live: "bg-good",
  connecting: "bg-muted breathe",
  "catching-up": "bg-action breathe",
  offline: "bg-bad",
};

function ConnectionMark({ connection, lastSeq }: { connection: Connection; lastSeq: number }) {
  return (
    <span
      role="status"
      data-testid="connection"
      data-state={connection.type}
      className={`flex shrink-0 items-center gap-1.5 text-xs ${connection.type === "offline" ? "text-bad" : "text-muted"}`}
    >
      <span aria-hidden="true" className={`size-2 rounded-full ${DOTS[connection.type]}`} />
      {connectionText(connection, lastSeq)}
    </span>
  );
}
