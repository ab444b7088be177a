interface KeyLike {
  readonly target: EventTarget | null;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** True when a key press belongs to a field, a dialog or a shortcut of the browser, not to the page's keys. */
export function isTyping({ target, ctrlKey, metaKey, altKey }: KeyLike): boolean {
  if (ctrlKey || metaKey || altKey) return true;
  return (
    target instanceof Element &&
    target.closest("input, textarea, select, dialog, [role=menu], [contenteditable]") !== null
  );
}
