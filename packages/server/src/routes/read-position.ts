import { OptioError } from "@optio/contract";

/** The position in a Last-Event-ID header; undefined when it is absent or empty. @throws `invalid`. */
export function readPosition(header: string | string[] | undefined): number | undefined {
  if (header === undefined || header === "") return undefined;
  const position = typeof header === "string" && /^\d{1,15}$/.test(header) ? Number(header) : Number.NaN;
  if (Number.isNaN(position))
    throw new OptioError(
      "invalid",
      `Last-Event-ID: expected a whole number from 0, not '${String(header).slice(0, 100)}'`,
    );
  return position;
}
