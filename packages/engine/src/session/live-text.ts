import type { DeltaChannel, LiveFrame } from "@optio/contract";
import { Emitter } from "../kernel/emitter.ts";

/** Least time between two frames of one item and channel (design §6). */
export const FRAME_INTERVAL_MS = 30;

interface Channel {
  /** Everything so far. */
  text: string;
  /** How much of it viewers have. */
  sentLength: number;
  sentAt: number;
  timer: NodeJS.Timeout | undefined;
}

interface OpenItem {
  readonly threadId: string;
  readonly kind: string;
  readonly joinedLate: boolean;
  readonly channels: Map<DeltaChannel, Channel>;
}

/** The text so far of items that are being written, and the live frames that carry it. */
export class LiveText {
  readonly #items = new Map<string, OpenItem>();
  readonly #frames = new Emitter<LiveFrame>();

  /** Hears of every frame, in order. */
  onFrame(listener: (frame: LiveFrame) => void): Disposable {
    return this.#frames.subscribe(listener);
  }

  /** Begins an item's text. One that was joined late is shown at once: viewers that are there must know that a part is missing. */
  open(item: { threadId: string; itemId: string; kind: string; joinedLate: boolean }): void {
    if (this.#items.has(item.itemId)) return;
    const { threadId, kind, joinedLate } = item;
    const opened = { threadId, kind, joinedLate, channels: new Map() };
    this.#items.set(item.itemId, opened);
    if (joinedLate) this.#frames.emit(snapshotOf(item.itemId, opened));
  }

  isOpen(itemId: string): boolean {
    return this.#items.has(itemId);
  }

  /** Adds text: the first of a channel is sent at once, later text at most every 30 ms. */
  append(itemId: string, channelName: DeltaChannel, text: string): void {
    const item = this.#items.get(itemId);
    if (!item || text === "") return;
    const channel = item.channels.get(channelName) ?? { text: "", sentLength: 0, sentAt: 0, timer: undefined };
    item.channels.set(channelName, channel);
    channel.text += text;
    if (channel.timer) return;
    const waitMs = channel.sentAt + FRAME_INTERVAL_MS - performance.now();
    if (waitMs <= 0) this.#send(itemId, item, channelName, channel);
    else {
      channel.timer = setTimeout(() => {
        channel.timer = undefined;
        this.#send(itemId, item, channelName, channel);
      }, waitMs);
    }
  }

  /** What was written so far; undefined for an item that is not open. */
  textOf(itemId: string): { text: string; output: string } | undefined {
    const item = this.#items.get(itemId);
    return item && { text: `${read(item, "reasoning")}${read(item, "text")}`, output: read(item, "output") };
  }

  /** The item is final: its completion carries the whole text, so what was not sent is dropped. */
  close(itemId: string): void {
    for (const channel of this.#items.get(itemId)?.channels.values() ?? []) clearTimeout(channel.timer);
    this.#items.delete(itemId);
  }

  closeAll(): void {
    for (const itemId of [...this.#items.keys()]) this.close(itemId);
  }

  /** One frame per open item with the text that viewers have been sent: what follows appends to it. */
  snapshot(): LiveFrame[] {
    return [...this.#items].map(([itemId, item]) => snapshotOf(itemId, item));
  }

  #send(itemId: string, item: OpenItem, channelName: DeltaChannel, channel: Channel): void {
    const append = channel.text.slice(channel.sentLength);
    channel.sentLength = channel.text.length;
    channel.sentAt = performance.now();
    this.#frames.emit({ frame: "item.delta", threadId: item.threadId, itemId, channel: channelName, append });
  }
}

function snapshotOf(itemId: string, item: OpenItem): LiveFrame {
  return {
    frame: "item.snapshot",
    threadId: item.threadId,
    itemId,
    kind: item.kind,
    text: `${readSent(item, "reasoning")}${readSent(item, "text")}`,
    output: readSent(item, "output"),
    ...(item.joinedLate ? { joinedLate: true } : {}),
  };
}

function read(item: OpenItem, name: DeltaChannel): string {
  return item.channels.get(name)?.text ?? "";
}

function readSent(item: OpenItem, name: DeltaChannel): string {
  const channel = item.channels.get(name);
  return channel ? channel.text.slice(0, channel.sentLength) : "";
}
