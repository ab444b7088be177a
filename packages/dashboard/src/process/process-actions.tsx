import type { ProcessSummary } from "@optio/contract";
import { Ban, Play, RotateCcw, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/button.tsx";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";
import { allowedActions } from "./allowed-actions.ts";
import { LaunchDialog } from "./launch-dialog.tsx";
import type { ProcessAction, useProcessActions } from "./use-process-actions.ts";

const BUTTONS = {
  resume: { label: "Resume", busy: "Resuming…", Icon: Play },
  launch: { label: "Launch", busy: "Launching…", Icon: RotateCcw },
  cancel: { label: "Cancel", busy: "Cancelling…", Icon: Ban },
  dismiss: { label: "Dismiss", busy: "Dismissing…", Icon: Trash2 },
} as const;

interface ProcessActionsProps {
  readonly process: ProcessSummary;
  readonly actions: ReturnType<typeof useProcessActions>;
}

/** The buttons of what may be done with a process now; what cannot be taken back, or warns, is asked about first. */
export function ProcessActions({ process, actions }: ProcessActionsProps) {
  const [asked, setAsked] = useState<ProcessAction>();
  const allowed = allowedActions(process);
  const close = () => setAsked(undefined);
  const start = (action: ProcessAction) => {
    const isQuestion = action === "cancel" || action === "dismiss" || process.warning !== null;
    if (isQuestion) setAsked(action);
    else actions.run(action);
  };
  // the button that was pressed stays, busy, until its call is over, whatever the state is by then
  const shown = actions.pending && !allowed.includes(actions.pending) ? [...allowed, actions.pending] : allowed;
  return (
    <div className="flex flex-wrap gap-2" data-testid="process-actions">
      {shown.map((action, index) => {
        const { label, busy, Icon } = BUTTONS[action];
        const isBusy = actions.pending === action;
        const again =
          action === "launch" && process.run > 0 ? (allowed.includes("resume") ? "Start over" : "Launch again") : label;
        return (
          <Button
            key={action}
            look={index === 0 && action !== "cancel" ? "primary" : action === "cancel" ? "danger" : "plain"}
            disabled={actions.pending !== undefined}
            onClick={() => start(action)}
          >
            <Icon size={14} aria-hidden="true" /> {isBusy ? busy : again}
          </Button>
        );
      })}
      {(asked === "launch" || asked === "resume") && (
        <LaunchDialog process={process} action={asked} onConfirm={() => actions.run(asked)} onClose={close} />
      )}
      {asked === "cancel" && (
        <ConfirmDialog
          title={`Cancel “${process.name}”?`}
          action="Cancel the run"
          keep="Let it run"
          onConfirm={() => actions.run("cancel")}
          onClose={close}
        >
          The run is asked to stop, with everything below it; what does not stop in time is ended by force. The log
          stays.
        </ConfirmDialog>
      )}
      {asked === "dismiss" && (
        <ConfirmDialog
          title={`Dismiss “${process.name}”?`}
          action="Dismiss"
          onConfirm={() => actions.run("dismiss")}
          onClose={close}
        >
          Its result, its log and everything below it are removed. The task itself stays and can be launched again.
        </ConfirmDialog>
      )}
    </div>
  );
}
