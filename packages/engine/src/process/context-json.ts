import { OptioError, toOptioError } from "@optio/contract";

/**
 * The value as it is stored: what JSON makes of it.
 * @throws `invalid` when JSON has no form for it (a function, undefined, a bigint, a cycle), `too-large` beyond `maxBytes` of JSON.
 */
export function toJsonValue(value: unknown, what: string, maxBytes: number): unknown {
  const text = stringify(value, what);
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > maxBytes) {
    throw new OptioError("too-large", `${what} has ${sizeBytes} bytes of JSON, ${maxBytes} are the most`);
  }
  return JSON.parse(text);
}

function stringify(value: unknown, what: string): string {
  try {
    const text: string | undefined = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (error) {
    throw new OptioError("invalid", `${what} is not JSON: ${toOptioError(error).message}`, { cause: error });
  }
  throw new OptioError("invalid", `${what} is not JSON but ${typeof value}`);
}
