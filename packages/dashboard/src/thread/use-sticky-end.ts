import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { ScrollPosition } from "./scroll-position.ts";
import { sticksAfter } from "./scroll-position.ts";

/** Height of the header that lies over the first rows. */
const TURN_HEADER_PX = 34;
/** What holds a list's rows; those that are not rendered are its padding. */
const ROWS = "[data-testid=virtuoso-item-list]";
/** How long after a wheel or a finger the list may still glide. */
const READER_MS = 400;

/** A list that follows its end until the reader scrolls up. */
export interface StickyEnd {
  readonly isStuck: boolean;
  /** Index of the first row in view, as the list numbers it. */
  readonly topRow: number | undefined;
  readonly scrollerRef: (element: HTMLElement | Window | null) => void;
  /** Goes to the end, and stays there, unless the reader left it. */
  readonly follow: () => void;
  readonly goToEnd: () => void;
  /** Stops following: the page itself is about to scroll away from the end. */
  readonly leave: () => void;
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
    const reader = watchReader(scroller);
    const onScroll = () => {
      const now = positionOf(scroller);
      stuck.current = sticksAfter(stuck.current, before, now, reader.isActive());
      before = now;
      setStuck(stuck.current);
      setTopRow(topRowOf(scroller));
    };
    const observer = new ResizeObserver(() => stuck.current && toEnd(scroller));
    // a card or a longer draft below takes height from the list
    observer.observe(scroller);
    // what the list tells of its height comes before the rows stand there: only their box says where the end is by now
    const rows = scroller.querySelector(ROWS);
    if (rows) observer.observe(rows, { box: "border-box" });
    scroller.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      reader.stop();
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
  const leave = useCallback(() => {
    stuck.current = false;
    setStuck(false);
  }, []);
  return useMemo(
    () => ({ isStuck, topRow, scrollerRef, follow, goToEnd, leave }),
    [isStuck, topRow, scrollerRef, follow, goToEnd, leave],
  );
}

/** Wheel, finger, key or scrollbar: whether a reader's hand was at the scroller a moment ago. */
function watchReader(scroller: HTMLElement): { isActive: () => boolean; stop: () => void } {
  let seenAt = Number.NEGATIVE_INFINITY;
  let isHolding = false;
  const stopping = new AbortController();
  const options = { passive: true, signal: stopping.signal };
  const seen = () => {
    seenAt = performance.now();
  };
  for (const type of ["wheel", "touchmove", "keydown"]) scroller.addEventListener(type, seen, options);
  const hold = ({ target }: PointerEvent) => {
    isHolding = target === scroller;
  };
  const letGo = () => {
    if (isHolding) seen();
    isHolding = false;
  };
  scroller.addEventListener("pointerdown", hold, options);
  addEventListener("pointerup", letGo, options);
  return { isActive: () => isHolding || performance.now() - seenAt < READER_MS, stop: () => stopping.abort() };
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
  const first = [...rows].find((row) => row.getBoundingClientRect().bottom > top + TURN_HEADER_PX);
  return first === undefined ? undefined : Number(first.dataset.itemIndex);
}
