import type { ProcessSummary } from "@optio/contract";
import { Play } from "lucide-react";
import { useState } from "react";
import { describeError } from "../api/describe-error.ts";
import { Button } from "../ui/button.tsx";
import { allowedActions } from "./allowed-actions.ts";
import { LaunchDialog } from "./launch-dialog.tsx";
import { useProcessActions } from "./use-process-actions.ts";

/** Launches a process afresh from a list; a warning is asked about first. */
export function LaunchButton({ process }: { process: ProcessSummary }) {
  const [isAsked, setAsked] = useState(false);
  const { run, pending, error } = useProcessActions(process);
  const mayLaunch = allowedActions(process).includes("launch");
  const start = () => (process.warning === null ? run("launch") : setAsked(true));
  return (
    <div className="flex flex-col items-end gap-1">
      <Button disabled={!mayLaunch || pending !== undefined} onClick={start} aria-label={`Launch ${process.name} now`}>
        <Play size={14} aria-hidden="true" /> {pending ? "Launching…" : "Launch"}
      </Button>
      {error && (
        <p role="alert" className="max-w-60 text-right text-xs break-words text-bad">
          {describeError(error).message}
        </p>
      )}
      {isAsked && (
        <LaunchDialog
          process={process}
          action="launch"
          onConfirm={() => run("launch")}
          onClose={() => setAsked(false)}
        />
      )}
    </div>
  );
}
