/** Longest wait for a paint: a tab that was hidden meanwhile, or a machine that does not draw, never paints. */
const PAINT_TIMEOUT_MS = 250;

/** Calls back once: before the next paint, or soon where there is none. */
export function scheduleBeforePaint(callback: () => void): void {
  if (document.visibilityState === "hidden") {
    setTimeout(callback);
    return;
  }
  const timer = setTimeout(() => {
    cancelAnimationFrame(frame);
    callback();
  }, PAINT_TIMEOUT_MS);
  const frame = requestAnimationFrame(() => {
    clearTimeout(timer);
    callback();
  });
}
