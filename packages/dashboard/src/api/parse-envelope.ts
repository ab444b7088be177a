import type { Envelope, LiveFrame } from "@optio/contract";
import { envelopeSchema, frameSchema } from "@optio/contract";

/** The envelope in parsed JSON; one that this page cannot read becomes a warning that carries its payload. Undefined without a seq. */
export function parseEnvelope(value: unknown): Envelope | undefined {
  const parsed = envelopeSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const outer = envelopeSchema.omit({ event: true }).safeParse(value);
  if (!outer.success) return undefined;
  const payload = typeof value === "object" && value !== null && "event" in value ? value.event : value;
  return { ...outer.data, event: { type: "message.client", keyword: UNKNOWN_EVENT, data: payload } };
}

/** Keyword under which an unreadable event travels. */
export const UNKNOWN_EVENT = "unknown-event";

/** The envelopes of a page of history. */
export function parseEnvelopes(body: unknown): Envelope[] {
  const items = typeof body === "object" && body !== null && "items" in body ? body.items : undefined;
  if (!Array.isArray(items)) return [];
  return items.map(parseEnvelope).filter((envelope) => envelope !== undefined);
}

/** The live frame in a JSON text; undefined when this page does not know it. */
export function parseFrame(text: string): LiveFrame | undefined {
  const parsed = frameSchema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : undefined;
}

/** The value of a JSON text; undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
