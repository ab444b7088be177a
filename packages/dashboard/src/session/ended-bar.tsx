import type { ProcessSummary, SessionView } from "@optio/contract";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Play, RotateCcw } from "lucide-react";
import { useState } from "react";
import { launchProcess } from "../api/calls.ts";
import { queryKeys } from "../api/use-queries.ts";
import { LaunchDialog } from "../process/launch-dialog.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { PhaseMark, standingOf } from "../ui/phase-mark.tsx";

interface EndedBarProps {
  readonly session: SessionView;
  readonly process: ProcessSummary | undefined;
  readonly mayAct: boolean;
}

/** In the composer's place once a session is over: its outcome, why, and how to go on. */
export function EndedBar({ session, process, mayAct }: EndedBarProps) {
  const queries = useQueryClient();
  const launch = useMutation({
    mutationFn: (resume: boolean) => launchProcess(session.id, resume),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: queryKeys.session(session.id) });
      void queries.invalidateQueries({ queryKey: queryKeys.process(session.id) });
    },
  });
  const [asked, setAsked] = useState<"launch" | "resume">();
  const start = (action: "launch" | "resume") =>
    process?.warning == null ? launch.mutate(action === "resume") : setAsked(action);
  const mayResume = process?.supportsResume === true && process.hasSavedState;
  const error = session.error ?? process?.error;
  return (
    <section data-testid="ended-bar" aria-label="Outcome" className="rounded border border-line bg-surface p-3">
      <div className="flex flex-wrap items-center gap-2">
        <PhaseMark standing={standingOf("ended", session.state)} />
        <span className="text-sm text-muted">The session is over; its transcript stays.</span>
        {mayAct && (
          <span className="ml-auto flex gap-2">
            {mayResume && (
              <Button look="primary" disabled={launch.isPending} onClick={() => start("resume")}>
                <Play size={14} aria-hidden="true" /> Resume
              </Button>
            )}
            <Button disabled={launch.isPending} onClick={() => start("launch")} title="A fresh run from the start">
              <RotateCcw size={14} aria-hidden="true" /> Launch
            </Button>
          </span>
        )}
      </div>
      {error && (
        <p data-testid="session-error" className="mt-2 text-sm break-words text-bad">
          {error.message}
        </p>
      )}
      {asked && process && (
        <LaunchDialog
          process={process}
          action={asked}
          onConfirm={() => launch.mutate(asked === "resume")}
          onClose={() => setAsked(undefined)}
        />
      )}
      {launch.isError && <ErrorNote error={launch.error} className="mt-2" />}
    </section>
  );
}
