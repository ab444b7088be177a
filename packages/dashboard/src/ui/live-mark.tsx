interface LiveMarkProps {
  /** The page shows what is true now. */
  readonly isLive: boolean;
  readonly offlineSince: number | undefined;
}

/** The truth about a page's connection: connecting, live, or offline since when. */
export function LiveMark({ isLive, offlineSince }: LiveMarkProps) {
  const state = offlineSince !== undefined ? "offline" : isLive ? "live" : "connecting";
  const time = offlineSince === undefined ? "" : new Date(offlineSince).toLocaleTimeString();
  const text = { offline: `Offline since ${time}, reconnecting`, live: "Live", connecting: "Connecting" }[state];
  const dot = { offline: "bg-bad", live: "bg-good", connecting: "bg-muted breathe" }[state];
  return (
    <span
      role="status"
      data-testid="connection"
      data-state={state}
      className={`flex shrink-0 items-center gap-1.5 text-xs max-sm:shrink ${state === "offline" ? "text-bad" : "text-muted"}`}
    >
      <span aria-hidden="true" className={`size-2 shrink-0 rounded-full ${dot}`} />
      {text}
    </span>
  );
}
