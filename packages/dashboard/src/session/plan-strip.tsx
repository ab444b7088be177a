import { CheckCircle2, Circle, CircleDot, ListChecks } from "lucide-react";
import type { PlanStep } from "../thread/reduce-thread.ts";

/** The plan of the running turn, pinned above the composer. */
export function PlanStrip({ steps }: { steps: readonly PlanStep[] }) {
  const done = steps.filter((step) => step.status === "completed").length;
  const current = steps.find((step) => isCurrent(step.status));
  return (
    <details data-testid="plan" className="mb-2 rounded border border-line bg-surface text-sm">
      <summary className="flex min-h-8 items-center gap-2 px-3 hover:bg-hover pointer-coarse:min-h-11">
        <ListChecks size={14} aria-hidden="true" className="shrink-0 text-muted" />
        <span className="shrink-0 text-muted">
          Plan {done}/{steps.length}
        </span>
        <span className="truncate">{current?.step}</span>
      </summary>
      <ol className="max-h-48 overflow-auto border-t border-line px-3 py-2">
        {steps.map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a plan's steps have no other identity
          <li key={index} className="flex items-start gap-2 py-0.5">
            <StepGlyph status={step.status} />
            <span className={step.status === "completed" ? "text-muted" : ""}>
              {step.step}
              <span className="sr-only"> ({step.status})</span>
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}

function StepGlyph({ status }: { status: string }) {
  const props = { size: 14, "aria-hidden": true } as const;
  if (status === "completed") return <CheckCircle2 {...props} className="mt-1 shrink-0 text-good" />;
  if (isCurrent(status)) return <CircleDot {...props} className="mt-1 shrink-0 text-action" />;
  return <Circle {...props} className="mt-1 shrink-0 text-muted" />;
}

function isCurrent(status: string): boolean {
  return status === "inProgress" || status === "in_progress";
}
