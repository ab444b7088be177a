import { OptioError } from "@optio/contract";

/** A whole number from 0 to `max`. @throws `usage`, naming the flag. */
export function readCount(text: string, flag: string, max: number): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count <= max)) throw new OptioError("usage", `${flag} is '${text}', but it must be a number from 0 to ${max}`);
  return count;
}
