import type { ReactNode } from "react";

/** A short label in a frame. */
export function Badge({ children, title }: { children: ReactNode; title?: string }) {
  return (
    <span
      title={title}
      className="inline-flex shrink-0 items-center rounded border border-line px-1.5 text-xs whitespace-nowrap text-muted"
    >
      {children}
    </span>
  );
}
