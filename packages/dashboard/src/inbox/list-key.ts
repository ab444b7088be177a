/** What a key does in a list: the index to focus, `new`, `search`, or nothing. `current` is -1 while no row has the focus. */
export function listKey(key: string, current: number, count: number): number | "new" | "search" | undefined {
  if (key === "n") return "new";
  if (key === "/") return "search";
  if (count === 0) return undefined;
  if (key === "j") return Math.min(current + 1, count - 1);
  if (key === "k") return current === -1 ? count - 1 : Math.max(current - 1, 0);
  return undefined;
}
