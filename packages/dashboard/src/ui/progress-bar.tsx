import type { Progress } from "@optio/contract";

/** How far a run is: a bar with its percent, or one that only says that it goes on. */
export function ProgressBar({ progress, label }: { progress: Progress; label: string }) {
  const { percent } = progress;
  return (
    <div className="flex min-w-0 items-center gap-2">
      <div
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(percent === null ? {} : { "aria-valuenow": Math.round(percent) })}
        className="h-1.5 min-w-12 flex-1 overflow-hidden rounded-full bg-line"
      >
        <div
          className={`h-full rounded-full bg-action ${percent === null ? "breathe w-full opacity-60" : ""}`}
          {...(percent === null ? {} : { style: { width: `${percent}%` } })}
        />
      </div>
      <span aria-hidden="true" className="w-10 shrink-0 text-right text-xs text-muted">
        {percent === null ? "…" : `${Math.round(percent)} %`}
      </span>
    </div>
  );
}
