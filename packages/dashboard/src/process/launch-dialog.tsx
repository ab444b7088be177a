import type { ProcessSummary } from "@optio/contract";
import { TriangleAlert } from "lucide-react";
import { ConfirmDialog } from "../ui/confirm-dialog.tsx";

interface LaunchDialogProps {
  readonly process: Pick<ProcessSummary, "name" | "warning">;
  readonly action: "launch" | "resume";
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** Shows a task's warning before it is launched or resumed. */
export function LaunchDialog({ process, action, onConfirm, onClose }: LaunchDialogProps) {
  const verb = action === "resume" ? "Resume" : "Launch";
  return (
    <ConfirmDialog
      title={`${verb} “${process.name}”?`}
      action={verb}
      keep="Not now"
      look="attention"
      onConfirm={onConfirm}
      onClose={onClose}
    >
      <p className="flex gap-2 rounded bg-attention-soft px-3 py-2 text-text" data-testid="launch-warning">
        <TriangleAlert size={16} aria-hidden="true" className="mt-0.5 shrink-0 text-attention" />
        <span className="min-w-0 break-words">{process.warning}</span>
      </p>
    </ConfirmDialog>
  );
}
