import type { Envelope, LiveFrame } from "@optio/contract";
import type { StreamPiece } from "../connection/follow-session.ts";
import { describeEvent } from "./describe-event.ts";
import { describeItem } from "./describe-item.ts";
import type { Style } from "./style.ts";
import { printable } from "./style.ts";

interface OpenMessage {
  /** What is known of the text. */
  text: string;
  /** How much of it is on the terminal. */
  printed: number;
}

/** Turns the stream of a session into the text of a terminal: the agent's words as they come, everything else folded to lines. */
export class Transcript {
  readonly #style: Style;
  readonly #messages = new Map<string, OpenMessage>();
  readonly #turnStarts = new Map<string, number>();
  /** The message whose text stands on the current, unfinished line. */
  #inline: string | undefined;
  #endsOpen = false;

  constructor(style: Style) {
    this.#style = style;
  }

  /** True while the last text given ended inside a line. */
  get isMidLine(): boolean {
    return this.#endsOpen;
  }

  /** What to write for the next piece; empty when nothing is to be shown. */
  render(piece: StreamPiece): string {
    if (piece.kind === "live") return this.#renderFrame(piece.frame);
    if (piece.kind === "durable") return this.#renderEvent(piece.envelope);
    if (piece.kind === "lost")
      return this.lines([this.#style.yellow(`connection lost (${piece.reason}); trying again`)]);
    return this.lines([this.#style.dim("connected again")]);
  }

  /** Whole lines, after the end of a line that stands open. */
  lines(lines: readonly string[]): string {
    if (lines.length === 0) return "";
    const lead = this.#endsOpen ? "\n" : "";
    this.#endsOpen = false;
    this.#inline = undefined;
    return `${lead}${lines.join("\n")}\n`;
  }

  #renderFrame(frame: LiveFrame): string {
    if (frame.frame === "item.delta") {
      const message = this.#messages.get(frame.itemId);
      if (frame.channel !== "text" || message === undefined) return "";
      message.text += frame.append;
      return this.#advance(frame.itemId, message);
    }
    if (frame.kind !== "agentMessage") return "";
    const message = this.#messages.get(frame.itemId) ?? { text: "", printed: 0 };
    // a catch-up replaces the text; it may differ only if the message was begun anew
    const isSame = frame.text.startsWith(message.text.slice(0, message.printed));
    this.#messages.set(frame.itemId, { text: frame.text, printed: isSame ? message.printed : 0 });
    return this.#advance(frame.itemId, this.#messages.get(frame.itemId));
  }

  #renderEvent({ event, at }: Envelope): string {
    if (event.type === "turn.started") this.#turnStarts.set(event.turnId, Date.parse(at));
    if (event.type === "item.started") {
      if (event.item.kind === "agentMessage") this.#messages.set(event.item.id, { text: "", printed: 0 });
      return "";
    }
    if (event.type !== "item.completed") return this.lines(describeEvent(event, this.#style, this.#turnMs(event, at)));
    const { item } = event;
    if (item.kind !== "agentMessage") return this.lines(describeItem(item, this.#style));
    return this.#finishMessage(item.id, typeof item.text === "string" ? item.text : "", item.status);
  }

  #advance(itemId: string, message: OpenMessage | undefined): string {
    // two messages that grow at once would be mixed: the second one waits for its completion
    if (message === undefined || (this.#inline !== undefined && this.#inline !== itemId)) return "";
    const text = printable(message.text.slice(message.printed));
    if (text === "") return "";
    message.printed = message.text.length;
    this.#inline = itemId;
    this.#endsOpen = !text.endsWith("\n");
    return text;
  }

  #finishMessage(itemId: string, text: string, status: string): string {
    const open = this.#messages.get(itemId);
    this.#messages.delete(itemId);
    const isInline = this.#inline === itemId;
    const isSame = open !== undefined && text.startsWith(open.text.slice(0, open.printed));
    const rest = isSame ? text.slice(open.printed) : text;
    const lead = this.#endsOpen && !(isInline && isSame) ? "\n" : "";
    const written = `${lead}${printable(rest)}`;
    const stillOpen = written === "" ? this.#endsOpen : !written.endsWith("\n");
    this.#endsOpen = false;
    this.#inline = undefined;
    const mark = status === "interrupted" ? `${this.#style.yellow("(interrupted)")}\n` : "";
    return `${written}${stillOpen ? "\n" : ""}${mark}`;
  }

  #turnMs(event: Envelope["event"], at: string): number | undefined {
    if (event.type !== "turn.completed") return undefined;
    const startedAt = this.#turnStarts.get(event.turnId);
    this.#turnStarts.delete(event.turnId);
    return startedAt === undefined ? undefined : Date.parse(at) - startedAt;
  }
}
