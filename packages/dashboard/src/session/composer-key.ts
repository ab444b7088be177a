/** What a key press in the composer does. */
export type ComposerAction = "send" | "steer" | "interrupt" | undefined;

interface KeyPress {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly isComposing: boolean;
}

/** Enter sends (queues while busy), Ctrl or Cmd+Enter steers while busy, Shift+Enter is a new line, Esc interrupts while busy. */
export function composerAction(press: KeyPress, isBusy: boolean): ComposerAction {
  if (press.isComposing) return undefined;
  if (press.key === "Escape") return isBusy ? "interrupt" : undefined;
  if (press.key !== "Enter" || press.shiftKey) return undefined;
  return (press.ctrlKey || press.metaKey) && isBusy ? "steer" : "send";
}
