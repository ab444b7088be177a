import type { DeltaChannel, LiveFrame } from "@optio/contract";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FRAME_INTERVAL_MS, LiveText } from "./live-text.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  // channels count from 0, as does a fake clock
  vi.advanceTimersByTime(1_000);
});
afterEach(() => {
  vi.useRealTimers();
});

const anItem = (itemId: string, kind = "agentMessage", joinedLate = false) => ({
  threadId: "t",
  itemId,
  kind,
  joinedLate,
});

function listening() {
  const text = new LiveText();
  const frames: LiveFrame[] = [];
  text.onFrame((frame) => frames.push(frame));
  return {
    text,
    frames,
    appended: () => frames.flatMap((frame) => (frame.frame === "item.delta" ? [frame.append] : [])),
  };
}

describe("live text", () => {
  test("sends the first piece of an item at once, later ones together after 30 ms", () => {
    const { text, frames, appended } = listening();
    text.open(anItem("i"));
    text.append("i", "text", "a");
    expect(frames).toEqual([{ frame: "item.delta", threadId: "t", itemId: "i", channel: "text", append: "a" }]);
    text.append("i", "text", "b");
    text.append("i", "text", "c");
    vi.advanceTimersByTime(FRAME_INTERVAL_MS - 1);
    expect(appended()).toEqual(["a"]);
    vi.advanceTimersByTime(1);
    expect(appended()).toEqual(["a", "bc"]);
    vi.advanceTimersByTime(1_000);
    text.append("i", "text", "d");
    expect(appended()).toEqual(["a", "bc", "d"]);
  });

  test("paces each item and channel by itself", () => {
    const { text, frames } = listening();
    text.open(anItem("i"));
    text.open(anItem("j", "commandExecution"));
    text.append("i", "text", "a");
    text.append("j", "output", "b");
    text.append("i", "output", "c");
    expect(frames).toHaveLength(3);
  });

  test("shows in a snapshot what was sent, not what still waits", () => {
    const { text } = listening();
    text.open(anItem("i"));
    text.open(anItem("r", "reasoning", true));
    text.append("i", "text", "sent");
    text.append("i", "text", " and waiting");
    text.append("i", "output", "out");
    text.append("r", "reasoning", "hm");
    expect(text.snapshot()).toEqual([
      { frame: "item.snapshot", threadId: "t", itemId: "i", kind: "agentMessage", text: "sent", output: "out" },
      {
        frame: "item.snapshot",
        threadId: "t",
        itemId: "r",
        kind: "reasoning",
        text: "hm",
        output: "",
        joinedLate: true,
      },
    ]);
    expect(text.textOf("i")).toEqual({ text: "sent and waiting", output: "out" });
  });

  test("shows an item that was joined late at once: who watches must know that its beginning is missing", () => {
    const { text, frames } = listening();
    text.open(anItem("i"));
    text.open(anItem("late", "agentMessage", true));
    text.open(anItem("late", "agentMessage", true));
    const shown = { threadId: "t", itemId: "late", kind: "agentMessage", text: "", output: "", joinedLate: true };
    expect(frames).toEqual([{ frame: "item.snapshot", ...shown }]);
  });

  test("drops what waits when the item is closed, and ignores text of what is not open", () => {
    const { text, appended } = listening();
    text.open(anItem("i"));
    text.append("i", "text", "a");
    text.append("i", "text", "b");
    text.close("i");
    text.append("i", "text", "c");
    vi.advanceTimersByTime(1_000);
    expect(appended()).toEqual(["a"]);
    expect(text.isOpen("i")).toBe(false);
    expect(text.textOf("i")).toBeUndefined();
    expect(text.snapshot()).toEqual([]);
    text.close("i");
  });

  test("opening an open item changes nothing, and empty text is no frame", () => {
    const { text, frames } = listening();
    text.open(anItem("i"));
    text.append("i", "text", "a");
    text.open(anItem("i", "reasoning", true));
    text.append("i", "text", "");
    expect(text.textOf("i")).toEqual({ text: "a", output: "" });
    expect(text.snapshot()).toMatchObject([{ kind: "agentMessage" }]);
    expect(frames).toHaveLength(1);
    text.open(anItem("j"));
    text.closeAll();
    expect(text.snapshot()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

type Step =
  | { readonly do: "append"; readonly item: "i" | "j"; readonly channel: DeltaChannel; readonly text: string }
  | { readonly do: "wait"; readonly ms: number };

const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant("append" as const),
      item: fc.constantFrom("i" as const, "j" as const),
      channel: fc.constantFrom<DeltaChannel>("text", "output"),
      text: fc.string({ maxLength: 3 }),
    }),
    fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 40 }) }),
  ),
  { maxLength: 60 },
);

test("a viewer that comes at any moment has the exact text in the end, at most one frame per channel each 30 ms", () => {
  fc.assert(
    fc.property(steps, fc.nat(60), (all: readonly Step[], comesAt) => {
      const text = new LiveText();
      const written = new Map<string, string>();
      const shown = new Map<string, string>();
      const sentAt = new Map<string, number>();
      let watching = false;
      text.onFrame((frame) => {
        if (frame.frame !== "item.delta") return;
        const key = `${frame.itemId} ${frame.channel}`;
        expect(performance.now() - (sentAt.get(key) ?? 0)).toBeGreaterThanOrEqual(FRAME_INTERVAL_MS);
        sentAt.set(key, performance.now());
        if (watching) shown.set(key, (shown.get(key) ?? "") + frame.append);
      });
      text.open(anItem("i"));
      text.open(anItem("j"));
      const come = () => {
        watching = true;
        for (const frame of text.snapshot()) {
          if (frame.frame !== "item.snapshot") continue;
          shown.set(`${frame.itemId} text`, frame.text);
          shown.set(`${frame.itemId} output`, frame.output);
        }
      };
      all.forEach((step, index) => {
        if (index === comesAt) come();
        if (step.do === "wait") vi.advanceTimersByTime(step.ms);
        else {
          const key = `${step.item} ${step.channel}`;
          written.set(key, (written.get(key) ?? "") + step.text);
          text.append(step.item, step.channel, step.text);
        }
      });
      if (!watching) come();
      vi.advanceTimersByTime(FRAME_INTERVAL_MS);
      for (const key of ["i text", "i output", "j text", "j output"]) {
        expect(shown.get(key)).toBe(written.get(key) ?? "");
      }
      expect(text.textOf("i")).toEqual({ text: written.get("i text") ?? "", output: written.get("i output") ?? "" });
    }),
  );
});
