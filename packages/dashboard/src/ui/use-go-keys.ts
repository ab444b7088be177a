import { useEffect, useRef } from "react";
import { isTyping } from "./is-typing.ts";

const PAGES = { h: "/", s: "/schedules", b: "/blocks" } as const;
/** How long after `g` the second key still counts. */
const PAIR_MS = 1_000;

/** `g` and a letter go to a page, from everywhere. */
export function useGoKeys(go: (to: (typeof PAGES)[keyof typeof PAGES]) => void): void {
  const latest = useRef(go);
  useEffect(() => {
    latest.current = go;
  });
  useEffect(() => {
    let pressedAt = Number.NEGATIVE_INFINITY;
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTyping(event)) return;
      const page = Object.entries(PAGES).find(([key]) => key === event.key)?.[1];
      const isPair = event.timeStamp - pressedAt < PAIR_MS;
      pressedAt = event.key === "g" ? event.timeStamp : Number.NEGATIVE_INFINITY;
      if (isPair && page) {
        // a page's own key must not hear it too
        event.preventDefault();
        event.stopPropagation();
        latest.current(page);
      }
    };
    document.addEventListener("keydown", listen, { capture: true });
    return () => document.removeEventListener("keydown", listen, { capture: true });
  }, []);
}
