/** A value of metadata as text. */
export function tagText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
