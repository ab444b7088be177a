/** The value as a JSON text column. */
export function toJson(value: unknown): string {
  return JSON.stringify(value);
}

/** The value as a JSON text column, null staying null. */
export function toNullableJson(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value);
}

/**
 * Reads back what `toJson` wrote. Trusted: only this folder writes these columns, under the same type, and a database of another
 * version is migrated or refused before it is read.
 */
export function fromJson<T>(text: string): T {
  return JSON.parse(text);
}

/** `fromJson`, null staying null. */
export function fromNullableJson<T>(text: string | null): T | null {
  return text === null ? null : fromJson<T>(text);
}
