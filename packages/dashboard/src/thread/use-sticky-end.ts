import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ScrollPosition } from "./scroll-position.ts";
import { sticksAfter } from "./scroll-position.ts";

/** A list that follows its end until the reader scrolls up. */
export interface StickyEnd {
  readonly isStuck: boolean;
  /** Index of the first row in view, as the list numbers it. */
  readonly topRow: number | undefined;
  readonly scrollerRef: (element: HTMLElement | Window | null) => void;
  /** Goes to the end, and stays there, unless the reader left it. */
  readonly follow: () => void;
  readonly goToEnd: () => void;
}

/** Watches a list's scroller. */
export function useStickyEnd(): StickyEnd {
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const [isStuck, setStuck] = useState(true);
  const [topRow, setTopRow] = useState<number | undefined>();
  const stuck = useRef(true);
  useEffect(() => {
    if (!scroller) return;
    let before = positionOf(scroller);
    const onScroll = () => {
      const now = positionOf(scroller);
      stuck.current = sticksAfter(stuck.current, before, now);
      before = now;
      setStuck(stuck.current);
      setTopRow(topRowOf(scroller));
    };
    const observer = new ResizeObserver(() => stuck.current && toEnd(scroller));
    // a card or a longer draft below takes height from the list
    observer.observe(scroller);
    scroller.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      observer.disconnect();
      scroller.removeEventListener("scroll", onScroll);
    };
  }, [scroller]);
  const scrollerRef = useCallback((element: HTMLElement | Window | null) => {
    setScroller(element instanceof HTMLElement ? element : null);
  }, []);
  const follow = useCallback(() => {
    if (scroller && stuck.current) toEnd(scroller);
  }, [scroller]);
  const goToEnd = useCallback(() => {
    stuck.current = true;
    setStuck(true);
    if (scroller) toEnd(scroller);
  }, [scroller]);
  return useMemo(
    () => ({ isStuck, topRow, scrollerRef, follow, goToEnd }),
    [isStuck, topRow, scrollerRef, follow, goToEnd],
  );
}

function positionOf({ scrollTop, scrollHeight, clientHeight }: HTMLElement): ScrollPosition {
  return { top: scrollTop, height: scrollHeight, viewHeight: clientHeight };
}

function toEnd(scroller: HTMLElement): void {
  scroller.scrollTop = scroller.scrollHeight;
}

function topRowOf(scroller: HTMLElement): number | undefined {
  const { top } = scroller.getBoundingClientRect();
  const rows = scroller.querySelectorAll<HTMLElement>("[data-item-index]");
  const first = [...rows].find((row) => row.getBoundingClientRect().bottom > top + 1);
  return first === undefined ? undefined : Number(first.dataset.itemIndex);
}
