import type { Envelope, OptioEvent } from "@optio/contract";

const MAX_CHARS = 200;

/** The log for a person: one line per event. */
export function describeLog(envelopes: readonly Envelope[]): string {
  return envelopes.map(({ seq, event }) => clip(`${seq} ${event.type} ${detailOf(event)}`)).join("\n");
}

function detailOf(event: OptioEvent): string {
  if (event.type === "item.started" || event.type === "item.completed") {
    const { kind, status, id, text, command, content } = event.item;
    return `${kind} ${status} ${id} ${JSON.stringify(text ?? command ?? content ?? "")}`;
  }
  const { type: _, ...fields } = event;
  return JSON.stringify(fields);
}

function clip(line: string): string {
  return line.length > MAX_CHARS ? `${line.slice(0, MAX_CHARS)}…` : line;
}
