const AT_BOTTOM_PX = 60;

/** Where a scroller stands. */
export interface ScrollPosition {
  readonly top: number;
  readonly height: number;
  readonly viewHeight: number;
}

/**
 * Whether the list sticks to its end after a scroll. Scrolling up unsticks it when a reader's wheel, finger or key was seen
 * (`isReader`), and also without one when nothing changed its height: the list itself moves the top while it measures rows.
 */
export function sticksAfter(
  wasStuck: boolean,
  before: ScrollPosition,
  now: ScrollPosition,
  isReader: boolean,
): boolean {
  if (now.height - now.top - now.viewHeight <= AT_BOTTOM_PX) return true;
  const isMeasuring = now.height !== before.height || now.viewHeight !== before.viewHeight;
  return wasStuck && (now.top >= before.top || (isMeasuring && !isReader));
}
