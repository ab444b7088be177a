import { useEffect, useState } from "react";

const SECOND_MS = 1000;

/** The current time in ms, renewed every second while `active`. */
export function useNow(active = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!active) return;
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, [active]);
  return now;
}
