const AT_BOTTOM_PX = 60;

/** Where a scroller stands. */
export interface ScrollPosition {
  readonly top: number;
  readonly height: number;
  readonly viewHeight: number;
}

/**
 * Whether the list sticks to its end after a scroll. Only a reader moves the top up while the end is out of view: content
 * that grows or a view that shrinks leaves the top where it is, and content that shrinks brings the end into view.
 */
export function sticksAfter(wasStuck: boolean, before: ScrollPosition, now: ScrollPosition): boolean {
  if (now.height - now.top - now.viewHeight <= AT_BOTTOM_PX) return true;
  return wasStuck && now.top >= before.top;
}
