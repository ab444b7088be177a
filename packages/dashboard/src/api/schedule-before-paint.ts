/** Calls back before the next paint; soon in a hidden tab, which never paints. */
export function scheduleBeforePaint(callback: () => void): void {
  if (document.visibilityState === "hidden") setTimeout(callback);
  else requestAnimationFrame(() => callback());
}
